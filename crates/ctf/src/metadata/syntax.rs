// SPDX-License-Identifier: MIT
//! The syntax tree of TSDL: what was written, before names mean anything.

/// A whole metadata file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub items: Vec<Item>,
    /// Where the file ends, for what is missing.
    pub end: usize,
}

/// Something at the root of the file.
#[derive(Debug)]
pub(super) enum Item {
    Block(Block),
    Declaration(Declaration),
}

/// The kinds of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    Trace,
    Env,
    Clock,
    Stream,
    Event,
    Callsite,
}

/// `trace { ... };` and its like.
#[derive(Debug)]
pub(super) struct Block {
    pub kind: BlockKind,
    pub entries: Vec<Entry>,
    pub at: usize,
}

/// A statement in a block.
#[derive(Debug)]
pub(super) enum Entry {
    Assign(Assign),
    /// `event.header := struct { ... };`
    TypeAssign {
        key: String,
        class: TypeUse,
        at: usize,
    },
    Declaration(Declaration),
}

/// `name = value;`
#[derive(Debug, Clone)]
pub(super) struct Assign {
    pub key: String,
    pub value: Value,
    pub at: usize,
}

/// The right side of an assignment, or an array's length.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub kind: ValueKind,
    pub at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValueKind {
    Integer(i128),
    Text(String),
    /// Words joined by dots.
    Path(Vec<String>),
}

/// Something that gives a type a name.
#[derive(Debug)]
pub(super) enum Declaration {
    /// `typedef T a, b[3];`
    Typedef { class: TypeUse, names: Vec<Declarator>, at: usize },
    /// `typealias T := name;`
    Typealias { class: TypeUse, name: String, at: usize },
    /// `struct name { ... };`
    Named { class: Class, at: usize },
}

/// A member of a structure or an option of a variant, or a declaration among them.
#[derive(Debug)]
pub(super) enum MemberEntry {
    Members { class: TypeUse, names: Vec<Declarator> },
    Declaration(Declaration),
}

/// A type as used: `T * *`.
#[derive(Debug)]
pub(super) struct TypeUse {
    pub class: Class,
    /// How many stars follow.
    pub stars: usize,
    pub at: usize,
}

/// `* name[dimension]...`
#[derive(Debug)]
pub(super) struct Declarator {
    pub name: String,
    pub stars: usize,
    pub dimensions: Vec<Value>,
    pub at: usize,
}

/// A type as written.
#[derive(Debug)]
pub(super) enum Class {
    /// An alias: its words, one space between.
    Alias(String),
    Integer(Vec<Assign>),
    Real(Vec<Assign>),
    String(Vec<Assign>),
    Enumeration(Enumeration),
    Structure(Structure),
    Variant(Variant),
}

#[derive(Debug)]
pub(super) struct Enumeration {
    pub name: Option<String>,
    pub container: Option<Box<TypeUse>>,
    pub body: Option<Vec<Enumerator>>,
}

/// `LABEL = low ... high`
#[derive(Debug)]
pub(super) struct Enumerator {
    pub label: String,
    pub range: Option<(Value, Option<Value>)>,
    pub at: usize,
}

#[derive(Debug)]
pub(super) struct Structure {
    pub name: Option<String>,
    pub body: Option<Vec<MemberEntry>>,
    pub align: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Variant {
    pub name: Option<String>,
    pub tag: Option<(Vec<String>, usize)>,
    pub body: Option<Vec<MemberEntry>>,
}
