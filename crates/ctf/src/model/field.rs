// SPDX-License-Identifier: MIT
//! Field classes: how values of each kind lie in packets.

/// LTTng puts this before names so that they are never keywords; it is not part of the name.
pub const NAME_PREFIX: char = '_';

/// A place where an integer is kept for the lengths and selectors that need it.
pub type Slot = u32;

/// A field: its kind, and whether a reader of the trace is shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What it is.
    pub kind: Kind,
    /// False for fields that only serve decoding, as sizes and timestamps do.
    pub visible: bool,
}

/// The kinds of fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// An integer, perhaps with labels for its values.
    Integer(Integer),
    /// A floating point number.
    Real(Real),
    /// Bytes up to a NUL.
    String,
    /// Named members, one after the other.
    Structure(Structure),
    /// Elements of one kind.
    Array(Array),
    /// One of several options.
    Variant(Variant),
}

/// In which order bytes follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant first.
    Little,
    /// Most significant first.
    Big,
}

/// In which base an integer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// 2
    Binary,
    /// 8
    Octal,
    /// 10
    Decimal,
    /// 16
    Hexadecimal,
}

/// What an integer means for decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// 0xC1FC1FC1, first in each packet.
    Magic,
    /// Which stream class a packet belongs to.
    StreamClassId,
    /// Which stream a packet belongs to.
    StreamId,
    /// A packet's size in bits.
    PacketSize,
    /// How many of these bits are used.
    ContentSize,
    /// When the packet began, in cycles.
    BeginTime,
    /// When the packet ended, in cycles.
    EndTime,
    /// How many events the stream had lost when the packet ended.
    EventsDiscarded,
    /// The packet's number in its stream.
    SequenceNumber,
    /// Which event class an event belongs to.
    EventClassId,
}

/// An integer of 1 to 64 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Integer {
    /// In bits.
    pub size: u32,
    /// In bits, a power of two.
    pub align: u32,
    /// Byte order.
    pub order: ByteOrder,
    /// Two's complement?
    pub signed: bool,
    /// How to show it.
    pub base: Base,
    /// Is it a character?
    pub character: bool,
    /// Index of the clock whose value it is.
    pub clock: Option<usize>,
    /// Labels of values, if it is an enumeration.
    pub labels: Option<Vec<Mapping>>,
    /// Its meaning for decoding.
    pub role: Option<Role>,
    /// Where its value is kept for fields that depend on it.
    pub slot: Option<Slot>,
}

/// A label and the values it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The label.
    pub label: String,
    /// Inclusive ranges; the bits of signed values if the integer is signed.
    pub ranges: Vec<(u64, u64)>,
}

/// An IEEE 754 number of 32 or 64 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Real {
    /// In bits.
    pub size: u32,
    /// In bits, a power of two.
    pub align: u32,
    /// Byte order.
    pub order: ByteOrder,
}

/// Members one after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Structure {
    /// The members.
    pub members: Vec<Member>,
    /// At least this alignment, in bits.
    pub align: u32,
}

/// A member of a structure or an option of a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name as the metadata spells it.
    pub spelling: String,
    /// The field.
    pub field: Field,
}

/// Elements of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The element.
    pub element: Box<Field>,
    /// How many.
    pub length: Length,
    /// Are the elements characters of one string?
    pub text: bool,
    /// Is it the trace's UUID in a packet header?
    pub uuid: bool,
}

/// An array's number of elements.
#[derive(Debug, Clone, PartialEq)]
pub enum Length {
    /// The same for each event.
    Static(u64),
    /// The value of an integer before it.
    Dynamic(Reference),
}

/// A field's use of another's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The path as written.
    pub path: Vec<String>,
    /// Where in the metadata.
    pub at: usize,
    /// Where the value is kept. Set when the whole metadata is read.
    pub slot: Slot,
}

/// One of several options, by the value of an enumeration before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The enumeration.
    pub selector: Option<Reference>,
    /// The options.
    pub options: Vec<Member>,
    /// Which values select which option. Set when the whole metadata is read.
    pub ranges: Vec<Range>,
    /// Are the ranges' values signed?
    pub signed: bool,
}

/// Values of a selector and the index of the option they select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First value, as bits.
    pub low: u64,
    /// Last value, as bits.
    pub high: u64,
    /// Index into the options.
    pub option: usize,
}

impl Field {
    /// A field that is shown.
    pub fn new(kind: Kind) -> Self {
        Self { kind, visible: true }
    }

    /// The same field with nothing hidden.
    #[must_use]
    pub fn all_shown(&self) -> Self {
        let mut out = self.clone();
        out.show();
        out
    }

    fn show(&mut self) {
        self.visible = true;
        match &mut self.kind {
            Kind::Structure(structure) => structure.members.iter_mut().for_each(|member| member.field.show()),
            Kind::Variant(variant) => variant.options.iter_mut().for_each(|option| option.field.show()),
            Kind::Array(array) => array.element.show(),
            Kind::Integer(_) | Kind::Real(_) | Kind::String => {}
        }
    }

    /// The field's alignment in bits.
    pub fn align(&self) -> u32 {
        match &self.kind {
            Kind::Integer(integer) => integer.align,
            Kind::Real(real) => real.align,
            Kind::String => 8,
            Kind::Structure(structure) => structure.alignment(),
            Kind::Array(array) => array.element.align(),
            Kind::Variant(_) => 1,
        }
    }

    /// The structure this field is, if it is one.
    pub fn structure(&self) -> Option<&Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }
}

impl Structure {
    /// The largest alignment among its members, or its own.
    pub fn alignment(&self) -> u32 {
        self.members.iter().map(|member| member.field.align()).fold(self.align.max(1), u32::max)
    }
}

impl Member {
    /// The name as shown.
    pub fn name(&self) -> &str {
        self.spelling.strip_prefix(NAME_PREFIX).unwrap_or(&self.spelling)
    }
}

impl Mapping {
    /// Does the label stand for these bits?
    pub fn covers(&self, bits: u64, signed: bool) -> bool {
        self.ranges.iter().any(|&(low, high)| within(bits, low, high, signed))
    }
}

impl Range {
    /// Do these bits select the option?
    pub fn covers(&self, bits: u64, signed: bool) -> bool {
        within(bits, self.low, self.high, signed)
    }
}

fn within(bits: u64, low: u64, high: u64, signed: bool) -> bool {
    if signed {
        (low as i64..=high as i64).contains(&(bits as i64))
    } else {
        (low..=high).contains(&bits)
    }
}
