// SPDX-License-Identifier: MIT
//! Fields as plain Python values: structures are dictionaries, arrays are lists, a variant is its option.

use kymograph_ctf::plan::{Annotate, Enter, Leaf, Mark, Sink};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

/// What the sink does at a mark.
enum Step {
    /// A value, under this name if it has one.
    Value(Option<Py<PyString>>),
    /// A structure begins.
    Structure(Option<Py<PyString>>),
    /// An array begins.
    Array(Option<Py<PyString>>),
    /// The structure or array ends.
    End,
}

/// The steps of all programs of a reader.
#[derive(Default)]
pub struct Steps {
    steps: Vec<Step>,
}

/// Notes steps while a program is compiled.
pub struct Notes<'py, 's> {
    py: Python<'py>,
    steps: &'s mut Steps,
    /// The names of the variants around the current field: an option goes by its variant's name.
    names: Vec<Option<Py<PyString>>>,
}

impl<'py, 's> Notes<'py, 's> {
    pub fn new(py: Python<'py>, steps: &'s mut Steps) -> Self {
        Self { py, steps, names: Vec::new() }
    }

    fn add(&mut self, step: Step) -> Mark {
        self.steps.steps.push(step);
        Mark(self.steps.steps.len() as u32 - 1)
    }

    /// The name a field goes by.
    fn name(&self, name: Option<&str>) -> Option<Py<PyString>> {
        match name {
            Some(name) => Some(PyString::intern(self.py, name).unbind()),
            None => self.names.last().and_then(|name| name.as_ref().map(|name| name.clone_ref(self.py))),
        }
    }
}

impl Annotate for Notes<'_, '_> {
    fn leaf(&mut self, name: Option<&str>, _: Leaf<'_>) -> Mark {
        let name = self.name(name);
        self.add(Step::Value(name))
    }

    fn enter(&mut self, name: Option<&str>, what: Enter) -> Option<Mark> {
        let name = self.name(name);
        match what {
            Enter::Structure => {
                self.names.push(None);
                Some(self.add(Step::Structure(name)))
            }
            Enter::Array => {
                self.names.push(None);
                Some(self.add(Step::Array(name)))
            }
            Enter::Variant => {
                self.names.push(name);
                None
            }
        }
    }

    fn leave(&mut self, what: Enter) -> Option<Mark> {
        self.names.pop();
        (what != Enter::Variant).then(|| self.add(Step::End))
    }

    fn settle(&mut self) -> Option<Mark> {
        None
    }
}

enum Container<'py> {
    Structure(Bound<'py, PyDict>),
    Array(Bound<'py, PyList>),
}

/// Builds values; the scopes themselves end up in `done`.
pub struct Values<'py, 's> {
    py: Python<'py>,
    steps: &'s Steps,
    open: Vec<Container<'py>>,
    /// The scopes' dictionaries, in order.
    pub done: Vec<Bound<'py, PyAny>>,
    /// The first thing Python refused.
    pub refused: Option<PyErr>,
}

impl<'py, 's> Values<'py, 's> {
    pub fn new(py: Python<'py>, steps: &'s Steps) -> Self {
        Self { py, steps, open: Vec::new(), done: Vec::new(), refused: None }
    }

    fn put(&mut self, name: Option<&Py<PyString>>, value: &Bound<'py, PyAny>) {
        let result = match (self.open.last(), name) {
            (Some(Container::Structure(dict)), Some(name)) => dict.set_item(name, value),
            (Some(Container::Array(list)), _) => list.append(value),
            _ => {
                self.done.push(value.clone());
                Ok(())
            }
        };
        if let Err(error) = result {
            self.refused.get_or_insert(error);
        }
    }

    fn value(&mut self, mark: Mark, value: &Bound<'py, PyAny>) {
        if let Some(Step::Value(name)) = self.steps.steps.get(mark.0 as usize) {
            self.put(name.as_ref(), value);
        }
    }
}

impl Sink for Values<'_, '_> {
    fn unsigned(&mut self, mark: Mark, value: u64) {
        self.value(mark, PyInt::new(self.py, value).as_any());
    }

    fn signed(&mut self, mark: Mark, value: i64) {
        self.value(mark, PyInt::new(self.py, value).as_any());
    }

    fn real(&mut self, mark: Mark, value: f64) {
        self.value(mark, PyFloat::new(self.py, value).as_any());
    }

    fn text(&mut self, mark: Mark, bytes: &[u8]) {
        self.value(mark, PyString::new(self.py, &String::from_utf8_lossy(bytes)).as_any());
    }

    fn mark(&mut self, mark: Mark) {
        match self.steps.steps.get(mark.0 as usize) {
            Some(Step::Structure(name)) => {
                let dict = PyDict::new(self.py);
                self.put(name.as_ref(), dict.as_any());
                self.open.push(Container::Structure(dict));
            }
            Some(Step::End) => {
                self.open.pop();
            }
            _ => {}
        }
    }

    fn array(&mut self, mark: Mark, _: u64) {
        if let Some(Step::Array(name)) = self.steps.steps.get(mark.0 as usize) {
            let list = PyList::empty(self.py);
            self.put(name.as_ref(), list.as_any());
            self.open.push(Container::Array(list));
        }
    }

    fn element(&mut self, _: Mark, _: u64) {}
}
