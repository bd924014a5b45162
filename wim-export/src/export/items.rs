//! Writing items: through the pipeline, then as they are, raw, compressed, or into a solid resource.

use wim_format::{BlobLocation, ResourceFlags, ResourceHeader, SolidResource};

use super::assemble::{Assembler, ItemResources, SolidAssembler, write_blob_header};
use super::coding::Coding;
use super::copy::{copied_size, copy_all, copy_solid_front, moved};
use super::encode::{Batch, Encoder, Encoders};
use super::output::Output;
use super::plan::Action;
use crate::pipeline::{Flow, Item, Sink, run, total_bytes};
use crate::progress::Meter;
use crate::workers::Workers;
use crate::{Archive, Result};

/// Runs of items that are copied without a look into them, and of others: of more, each would be too short.
const MAX_RUNS: usize = 8;

/// What is to be written, and how. Items that go into solid resources stand together.
#[derive(Clone, Copy)]
pub(crate) struct ItemWork<'a> {
    pub(crate) archive: &'a Archive,
    pub(crate) items: &'a [Item],
    /// What becomes of each item.
    pub(crate) actions: &'a [Action],
    pub(crate) coding: &'a Coding,
}

/// Where everything is that was written.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    /// Of each item.
    pub(crate) locations: Vec<BlobLocation>,
    /// The solid resources that the locations name.
    pub(crate) solid: Vec<SolidResource>,
}

impl Placed {
    /// Adds what was written after this.
    fn append(&mut self, next: Self) {
        let before = self.solid.len() as u32;
        self.locations.extend(next.locations.into_iter().map(|location| match location {
            BlobLocation::Solid { resource, offset } => BlobLocation::Solid { resource: resource + before, offset },
            resource => resource,
        }));
        self.solid.extend(next.solid);
    }

    /// The resource of an item that is no member of a solid one, as metadata never is.
    pub(crate) fn resource(&self, item: usize) -> ResourceHeader {
        match self.locations[item] {
            BlobLocation::Resource(resource) => resource,
            BlobLocation::Solid { .. } => unreachable!("metadata never goes into a solid resource"),
        }
    }
}

/// The flags that an item's resource has however it is stored.
pub(super) fn base_flags(item: &Item) -> ResourceFlags {
    if item.metadata_of.is_some() { ResourceFlags::METADATA } else { ResourceFlags::NONE }
}

impl ItemWork<'_> {
    /// The items in runs that are written alike, in order: whether each is copied without a look into it, and where it ends. An
    /// archive whose items are too mixed for that is one run, and looked into.
    fn runs(&self) -> Vec<(bool, usize)> {
        let copies = |action: Action| !self.coding.verify && !self.coding.pipable && action == Action::Copy;
        let mut end = 0;
        let runs = self.actions.chunk_by(|&a, &b| copies(a) == copies(b)).map(|run| {
            end += run.len();
            (copies(run[0]), end)
        });
        let runs: Vec<(bool, usize)> = runs.take(MAX_RUNS + 1).collect();
        if runs.len() > MAX_RUNS { vec![(false, self.items.len())] } else { runs }
    }

    /// Whether nothing is copied without a look into it.
    pub(crate) fn is_checked(&self) -> bool {
        self.runs().iter().all(|(is_copied, _)| !is_copied)
    }

    /// Whether everything is.
    pub(crate) fn is_unchecked(&self) -> bool {
        self.runs().iter().all(|(is_copied, _)| *is_copied)
    }

    /// The runs as work of their own.
    fn parts(&self) -> impl Iterator<Item = (bool, Self)> {
        self.runs().into_iter().scan(0, |start, (is_copied, end)| {
            let range = std::mem::replace(start, end)..end;
            let part = ItemWork { items: &self.items[range.clone()], actions: &self.actions[range], ..*self };
            Some((is_copied, part))
        })
    }

    /// The bytes that [`Self::write`] reports as it goes: decoded ones, or, of what is copied without a look into it, those in
    /// the file.
    pub(crate) fn bytes(&self) -> u64 {
        let size = |(is_copied, part): (bool, Self)| match is_copied {
            true => copied_size(part.archive, part.items),
            false => total_bytes(part.items),
        };
        self.parts().map(size).sum()
    }

    /// Writes all items from the output's position on, and says where each is.
    pub(crate) fn write(&self, workers: &Workers, output: &mut Output<'_>, meter: &mut Meter<'_>) -> Result<Placed> {
        let mut placed = Placed::default();
        for (is_copied, part) in self.parts() {
            placed.append(match is_copied {
                true => copy_all(part.archive, part.items, output, meter)?,
                false => part.write_checked(workers, output, meter)?,
            });
        }
        Ok(placed)
    }

    /// Writes all items by way of the pipeline.
    fn write_checked(&self, workers: &Workers, output: &mut Output<'_>, meter: &mut Meter<'_>) -> Result<Placed> {
        let flow = Flow::new(self.archive, self.items);
        let plain = Encoders::of(&self.coding.plain, workers, self.plain_chunks());
        let solid = Encoders::of(&self.coding.solid, workers, self.solid_chunks());
        workers.crew(|crew| {
            let mut writer = Writer {
                work: self,
                output,
                meter,
                plain: plain.as_ref().map(|encoders| Encoder::new(encoders, crew)),
                assembler: Assembler::new(self.coding.plain.chunk_size, self.coding.pipable),
                solid: solid.as_ref().map(|encoders| Encoder::new(encoders, crew)),
                solid_assembler: None,
                in_solid_copy: None,
                placed: Placed {
                    locations: vec![BlobLocation::Resource(ResourceHeader::NONE); self.items.len()],
                    solid: Vec::new(),
                },
                start: None,
            };
            run(&flow, crew, flow.window(workers), &mut writer)?;
            writer.settle()?;
            Ok(writer.placed)
        })
    }

    /// What an assembler has to know of the items.
    fn resources(&self) -> ItemResources<'_> {
        ItemResources { source: self.archive, items: self.items }
    }

    /// How many chunks resources of their own come to.
    fn plain_chunks(&self) -> u64 {
        let size = u64::from(self.coding.plain.chunk_size.max(1));
        let encoded = self.items.iter().zip(self.actions).filter(|(_, action)| **action == Action::Encode);
        encoded.map(|(item, _)| item.blob.size.div_ceil(size)).sum()
    }

    fn solid_chunks(&self) -> u64 {
        self.solid_size().div_ceil(self.coding.solid.chunk_size.max(1).into())
    }

    /// Uncompressed bytes that go into a solid resource.
    fn solid_size(&self) -> u64 {
        let solid = self.items.iter().zip(self.actions).filter(|(_, action)| **action == Action::Solid);
        solid.map(|(item, _)| item.blob.size).sum()
    }
}

/// Writes what comes out of the pipeline.
struct Writer<'a, 'o, 'p, 'w, 'scope> {
    work: &'a ItemWork<'a>,
    output: &'a mut Output<'o>,
    meter: &'a mut Meter<'p>,
    plain: Option<Encoder<'w, 'scope>>,
    assembler: Assembler,
    solid: Option<Encoder<'w, 'scope>>,
    /// The solid resource that is being written.
    solid_assembler: Option<SolidAssembler>,
    /// The solid resource of the source that is being copied: volume and number.
    in_solid_copy: Option<(usize, u32)>,
    placed: Placed,
    /// Where the item begins that is being copied or stored.
    start: Option<u64>,
}

impl Writer<'_, '_, '_, '_, '_> {
    /// Gives `job` the encoder of resources of their own, and a way to write what comes out of it.
    fn encode(
        &mut self,
        job: impl FnOnce(&mut Encoder<'_, '_>, &mut dyn FnMut(Batch) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let Self { plain: Some(encoder), assembler, output, placed, work, .. } = self else { return Ok(()) };
        let resources = work.resources();
        let mut write = |batch| {
            let done = |item: usize, resource| placed.locations[item] = BlobLocation::Resource(resource);
            assembler.add(&batch, &resources, output, done)
        };
        job(encoder, &mut write)
    }

    /// The same for the solid resource.
    fn encode_solid(
        &mut self,
        job: impl FnOnce(&mut Encoder<'_, '_>, &mut dyn FnMut(Batch) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let Self { solid: Some(encoder), solid_assembler: Some(assembler), output, .. } = self else { return Ok(()) };
        let mut write = |batch: Batch| assembler.add(&batch, output);
        job(encoder, &mut write)
    }

    /// Waits until all that was given to the encoders is written.
    fn settle(&mut self) -> Result<()> {
        self.encode(|encoder, write| encoder.drain(write))?;
        if self.solid_assembler.is_some() {
            self.encode_solid(|encoder, write| encoder.finish(write))?;
        }
        if let Some(assembler) = self.solid_assembler.take() {
            self.placed.solid.push(assembler.finish(self.output)?);
        }
        Ok(())
    }

    /// The next bytes of a member of the solid resource.
    fn solid_bytes(&mut self, item: usize, bytes: &[u8]) -> Result<()> {
        if self.solid_assembler.is_none() {
            self.settle()?;
            let (coding, size) = (self.work.coding.solid, self.work.solid_size());
            self.solid_assembler = Some(SolidAssembler::begin(&coding, size, self.output)?);
        }
        self.encode_solid(|encoder, write| encoder.push(item, bytes, write))
    }

    fn solid_end(&mut self, item: usize) {
        if let Some(assembler) = &mut self.solid_assembler {
            let (resource, size) = (self.placed.solid.len() as u32, self.work.items[item].blob.size);
            self.placed.locations[item] = BlobLocation::Solid { resource, offset: assembler.place(size) };
        }
    }

    /// The next chunk of the solid resource in which `item` lies, which is copied whole.
    fn solid_copy(&mut self, item: usize, chunk: &[u8]) -> Result<()> {
        let (archive, item) = (self.work.archive, &self.work.items[item]);
        let Some((number, solid)) = item.solid_resource(archive) else { return Ok(()) };
        let source = Some((item.volume, number));
        if self.in_solid_copy != source {
            self.settle()?;
            self.placed.solid.push(moved(solid, self.output.position()));
            copy_solid_front(archive.volume(item.volume), solid, self.output)?;
            self.in_solid_copy = source;
        }
        self.output.write(chunk)
    }

    /// An item that is copied or stored begins.
    fn direct_begin(&mut self, item: usize) -> Result<()> {
        if self.work.coding.pipable {
            write_blob_header(&self.work.resources(), item, self.direct_flags(item), self.output)?;
        }
        self.start = Some(self.output.position());
        Ok(())
    }

    /// Whether an item that is copied or stored is compressed.
    fn direct_flags(&self, item: usize) -> ResourceFlags {
        match (self.work.actions[item], self.work.items[item].resource()) {
            (Action::Copy, Some(resource)) => ResourceFlags(resource.flags.0 & ResourceFlags::COMPRESSED.0),
            _ => ResourceFlags::NONE,
        }
    }

    /// An item that was copied or stored is complete.
    fn direct_end(&mut self, item: usize) {
        let planned = &self.work.items[item];
        if let (BlobLocation::Solid { offset, .. }, Action::Copy) = (planned.blob.location, self.work.actions[item]) {
            let resource = self.placed.solid.len() as u32 - 1;
            self.placed.locations[item] = BlobLocation::Solid { resource, offset };
            return;
        }
        let Some(start) = self.start.take() else { return };
        let flags = base_flags(planned).with(self.direct_flags(item));
        self.placed.locations[item] = BlobLocation::Resource(ResourceHeader {
            offset: start,
            size_in_wim: self.output.position() - start,
            uncompressed_size: planned.blob.size,
            flags,
        });
    }
}

impl Sink for Writer<'_, '_, '_, '_, '_> {
    fn bytes(&mut self, item: usize, bytes: &[u8]) -> Result<()> {
        match self.work.actions[item] {
            Action::Encode => {
                if self.solid_assembler.is_some() {
                    self.settle()?;
                }
                self.encode(|encoder, write| encoder.push(item, bytes, write))
            }
            Action::Solid => self.solid_bytes(item, bytes),
            Action::Copy if self.work.items[item].resource().is_none() => self.solid_copy(item, bytes),
            Action::Copy | Action::Store => {
                if self.start.is_none() {
                    self.settle()?;
                    self.direct_begin(item)?;
                }
                self.output.write(bytes)
            }
        }
    }

    fn end(&mut self, item: usize, outcome: Result<()>) -> Result<()> {
        outcome?;
        match self.work.actions[item] {
            Action::Encode => self.encode(|encoder, write| encoder.end(item, write))?,
            Action::Solid => self.solid_end(item),
            Action::Copy | Action::Store => self.direct_end(item),
        }
        self.meter.advance(self.work.items[item].blob.size)
    }
}
