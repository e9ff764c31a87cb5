// SPDX-License-Identifier: MIT
//! The text sink at work: each event of each trace, in order of time, as a line.

use super::buffer::Buffer;
use super::colors::Colors;
use super::gap::{self, Loss};
use super::layout::{Layout, Scope};
use super::options::{Names, Options};
use super::prefix::prefix;
use super::range::Range;
use super::table::{Form, Table, TextSink};
use super::time::Times;
use crate::error::{Error, Result};
use crate::model::Field;
use crate::plan::{compile, Mark, Position, Program};
use crate::trace::{Item, Merger, Stream, Trace};

/// Text is handed over in pieces of about this size.
const PIECE: usize = 1 << 16;

/// Where text and warnings go.
pub struct Outputs<'a> {
    /// Takes pieces of text.
    pub text: &'a mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    /// Takes warnings, a line or more at a time.
    pub warnings: &'a mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    /// Asked now and then; the work stops when it says no.
    pub go_on: &'a mut dyn FnMut() -> bool,
}

/// Writes the events of `traces` within `range`; returns how many.
///
/// What came before a fault is written before the fault is returned.
pub fn write(
    traces: &mut [Trace],
    options: &Options,
    range: &Range,
    outputs: &mut Outputs<'_>,
) -> Result<u64> {
    let plans = Plans::new(traces, options);
    let mut merger = Merger::new(traces)?;
    let (from, to) = resolve(range, &merger, options)?;
    if let Some(from) = from {
        merger.streams.iter_mut().for_each(|stream| stream.skip_to(from));
    }
    let contexts = merger.streams.iter().map(|_| (0, Buffer::new())).collect();
    let mut writer = Writer {
        plans: &plans,
        traces,
        options,
        colors: Colors::of(options),
        times: Times::new(options),
        out: Buffer::new(),
        contexts,
        last: None,
        from,
        to,
        written: 0,
    };
    let result = merger.start().and_then(|()| writer.all(&mut merger, outputs));
    writer.flush(outputs)?;
    result.map(|()| writer.written)
}

/// Finds the instants of a range's ends.
fn resolve(range: &Range, merger: &Merger, options: &Options) -> Result<(Option<i64>, Option<i64>)> {
    let first = merger.streams.iter().filter_map(Stream::begin_time).min();
    let fault = |option: &str, message: &str| Error::Option {
        option: option.to_string(),
        message: message.to_string(),
    };
    let instant = |option: &str, bound: Option<super::range::Bound>| match bound {
        None => Ok(None),
        Some(bound) => match bound.resolve(first.unwrap_or(0), options.gmt) {
            Some(instant) => Ok(Some(instant)),
            None => Err(fault(option, "no such time")),
        },
    };
    let (from, to) = (instant("--begin", range.begin)?, instant("--end", range.end)?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(fault("--begin", "is after --end"));
    }
    let timeless = merger.streams.iter().any(|stream| stream.framing().scale.is_none());
    if timeless && (from.is_some() || to.is_some()) {
        return Err(fault(if from.is_some() { "--begin" } else { "--end" }, "the trace has no clock"));
    }
    Ok((from, to))
}

/// The plans and texts of all traces.
struct Plans {
    table: Table,
    traces: Vec<Vec<StreamPlan>>,
}

struct StreamPlan {
    context: Option<Program>,
    events: Vec<EventPlan>,
}

struct EventPlan {
    prefix: Mark,
    program: Program,
}

impl Plans {
    fn new(traces: &[Trace], options: &Options) -> Self {
        let mut table = Table::default();
        let traces = traces
            .iter()
            .map(|trace| {
                (0..trace.class.streams.len())
                    .map(|index| StreamPlan::new(trace, index, options, &mut table))
                    .collect()
            })
            .collect();
        Self { table, traces }
    }
}

impl StreamPlan {
    fn new(trace: &Trace, index: usize, options: &Options, table: &mut Table) -> Self {
        let stream = &trace.class.streams[index];
        let start = trace.framing.streams[index].event_header.end();
        let Names { scope, context, payload, .. } = options.names;
        let colors = Colors::of(options);
        let introduce = |name: &str, first: bool, names: bool| {
            let label =
                if scope { format!("{}{name}{} = ", colors.name, colors.reset) } else { String::new() };
            Scope { before: format!("{}{label}", if first { "" } else { ", " }), names }
        };
        let shown = |field: &Option<Field>| field.as_ref().is_some_and(|field| field.visible);
        let has_context = shown(&stream.packet_context);
        let context_program = stream.packet_context.as_ref().filter(|field| field.visible).map(|field| {
            let scopes = vec![introduce("stream.packet.context", true, context)];
            compile(&[field], Position::UNKNOWN, Some(&mut Layout::new(table, colors, scopes)))
                .without_effects()
        });
        let events = stream
            .events
            .iter()
            .map(|event| {
                let all = [
                    ("stream.event.context", &stream.event_context, context),
                    ("event.context", &event.context, context),
                    ("event.fields", &event.payload, payload),
                ];
                let mut scopes = Vec::new();
                for (name, _, names) in all.iter().filter(|(_, field, _)| shown(field)) {
                    scopes.push(introduce(name, !has_context && scopes.is_empty(), *names));
                }
                let text = prefix(options, &trace.class, &trace.name, event, stream.clock.is_some());
                let prefix = table.add(text.as_bytes(), Form::Bare);
                let program =
                    compile(&event.scopes(stream), start, Some(&mut Layout::new(table, colors, scopes)));
                EventPlan { prefix, program }
            })
            .collect();
        Self { context: context_program, events }
    }
}

struct Writer<'a> {
    plans: &'a Plans,
    traces: &'a [Trace],
    options: &'a Options,
    colors: Colors,
    times: Times,
    out: Buffer,
    /// For each stream, the text of its packet's context and which packet that was.
    contexts: Vec<(u64, Buffer)>,
    /// Time and cycles of the event before.
    last: Option<(i64, u64)>,
    from: Option<i64>,
    to: Option<i64>,
    written: u64,
}

impl Writer<'_> {
    fn all(&mut self, merger: &mut Merger, outputs: &mut Outputs<'_>) -> Result<()> {
        while let Some((index, item)) = merger.advance()? {
            let time = merger.streams[index].time();
            if self.to.is_some_and(|to| time > to) {
                break;
            }
            match item {
                Item::Bound => {}
                Item::Event(_) if self.from.is_some_and(|from| time < from) => {}
                Item::Event(class) => self.event(merger, index, class, outputs)?,
                Item::Gap(gap) => {
                    let stream = &merger.streams[index];
                    if let Some(loss) = Loss::of(&gap, stream).clip(self.from, self.to) {
                        let trace = &self.traces[merger.owners[index]];
                        let mut line = Buffer::new();
                        gap::put(&mut line, self.options, &mut self.times, trace, stream, loss);
                        self.flush(outputs)?;
                        (outputs.warnings)(line.as_bytes()).map_err(Error::Output)?;
                    }
                }
            }
        }
        let mut lines: Vec<String> =
            merger.streams.iter().flat_map(|stream| stream.oddities.lines()).collect();
        if merger.backwards > 0 {
            lines.push(format!("time went back {} times", merger.backwards));
        }
        for line in lines {
            (outputs.warnings)(format!("warning: {line}\n").as_bytes()).map_err(Error::Output)?;
        }
        Ok(())
    }

    #[inline]
    fn event(
        &mut self,
        merger: &mut Merger,
        index: usize,
        class: u32,
        outputs: &mut Outputs<'_>,
    ) -> Result<()> {
        let stream = &mut merger.streams[index];
        let plan = &self.plans.traces[merger.owners[index]][stream.class];
        let context = &mut self.contexts[index];
        if context.0 != stream.generation {
            context.0 = stream.generation;
            context.1.clear();
            if let Some(program) = &plan.context {
                let mut sink = TextSink { table: &self.plans.table, out: &mut context.1 };
                stream.decode_context(program, &mut sink)?;
            }
        }
        let start = self.out.len();
        if stream.framing().scale.is_some() && self.time(stream.time(), stream.cycles()) {
            let warning =
                "[warning] Fallback to [sec.ns] to print negative time value. Use --clock-seconds.\n";
            (outputs.warnings)(warning.as_bytes()).map_err(Error::Output)?;
        }
        let event = &plan.events[class as usize];
        self.plans.table.bare(event.prefix, &mut self.out);
        self.out.put_buffer(&self.contexts[index].1);
        let mut sink = TextSink { table: &self.plans.table, out: &mut self.out };
        if let Err(error) = stream.decode(&event.program, &mut sink) {
            self.out.truncate(start);
            return Err(error);
        }
        self.out.push(b'\n');
        self.written += 1;
        if self.out.len() >= PIECE {
            self.flush(outputs)?;
            if !(outputs.go_on)() {
                return Err(Error::Interrupted);
            }
        }
        Ok(())
    }

    /// Prints time and delta; true if people must be told of a negative time.
    #[inline]
    fn time(&mut self, time: i64, cycles: u64) -> bool {
        let plain = !self.options.names.header && !self.options.color && self.options.delta;
        let told = match self.last {
            Some((last, _)) if plain && !self.options.cycles && time >= last => {
                self.out.push(b'[');
                let told = self.times.put(&mut self.out, time, cycles);
                self.out.put(b"] (+");
                self.out.seconds((time - last) as u64);
                self.out.put(b") ");
                told
            }
            _ => self.any_time(time, cycles),
        };
        self.last = Some((time, cycles));
        told
    }

    /// Prints time and delta in any way the options ask for.
    fn any_time(&mut self, time: i64, cycles: u64) -> bool {
        let Colors { name, time: color, reset, .. } = self.colors;
        let names = self.options.names.header;
        let label = |out: &mut Buffer, text: &str| {
            for part in [name, text, reset, " = "] {
                out.put(part.as_bytes());
            }
        };
        if names {
            label(&mut self.out, "timestamp");
        } else {
            self.out.push(b'[');
        }
        self.out.put(color.as_bytes());
        let told = self.times.put(&mut self.out, time, cycles);
        self.out.put(reset.as_bytes());
        if !names {
            self.out.put(b"] ");
        }
        if self.options.delta && names {
            self.out.put(b", ");
            label(&mut self.out, "delta");
            self.delta(time, cycles);
        } else if self.options.delta {
            self.out.push(b'(');
            self.delta(time, cycles);
            self.out.put(b") ");
        }
        told
    }

    fn delta(&mut self, time: i64, cycles: u64) {
        self.out.push(b'+');
        match (self.last, self.options.cycles) {
            (Some((_, last)), true) => self.out.padded(cycles.wrapping_sub(last), 12),
            (None, true) => self.out.put(b"????????????"),
            (Some((last, _)), false) => self.out.seconds(time.wrapping_sub(last) as u64),
            (None, false) => self.out.put(b"?.?????????"),
        }
    }

    fn flush(&mut self, outputs: &mut Outputs<'_>) -> Result<()> {
        if self.out.len() > 0 {
            (outputs.text)(self.out.as_bytes()).map_err(Error::Output)?;
            self.out.clear();
        }
        Ok(())
    }
}
