//! Where everything stands: names, firewalls, machines and data in four layers, a row a machine.

use unicode_width::UnicodeWidthStr;

use crate::{
    picture::{
        canvas::{Canvas, Place},
        scene::{Disk, Machine, Row, Scene, Wall},
    },
    values::Money,
};

/// The widest letters are taken for, in tenths of a pixel: `mono` at 12 pixels, the rest at 13.
const MONO: usize = 73;
const PLAIN: usize = 76;

/// The most columns of a text that are shown.
const LONGEST: usize = 44;

/// Around the page, and inside the network.
const MARGIN: usize = 28;
const PADDING: usize = 24;

/// Between layers, and between rows.
const GAP: usize = 56;
const ROW_GAP: usize = 22;

/// Inside a card, and from one of its lines to the next.
const INSET: usize = 16;
const LINE: usize = 20;

/// The heights of what has always the same lines.
const HEADER: usize = 64;
const RECORD: usize = 34;
const RECORD_STEP: usize = 42;
const MACHINE: usize = 92;
const DISK: usize = 72;
const DISK_STEP: usize = 84;

/// Draws a scene.
pub fn draw(scene: &Scene) -> String {
    let layers = Layers::of(scene);
    let mut canvas = Canvas::new();
    let mut y = HEADER + if scene.network.is_some() { 40 } else { 0 };
    let mut inside = Canvas::new();
    for wall in &scene.shared {
        y += band(&mut inside, wall, layers.inner(y)) + ROW_GAP;
    }
    for row in &scene.rows {
        y += draw_row(&mut inside, row, &layers, y) + ROW_GAP;
    }
    let bottom = y - ROW_GAP.min(y) + PADDING;
    let (width, height) = (layers.right + MARGIN, bottom + MARGIN);
    canvas.area("page", Place { x: 1, y: 1, width: width - 2, height: height - 2 }, 12);
    header(&mut canvas, scene, width);
    if let Some((name, about)) = &scene.network {
        let place = Place {
            x: layers.network,
            y: HEADER,
            width: layers.right - layers.network,
            height: bottom - HEADER,
        };
        canvas.area("network", place, 12);
        let line = format!("VPC {name} · {about}");
        canvas.text("soft", (place.x + PADDING, place.y + 26), &line);
    }
    canvas.append(&inside);
    canvas.page((width, height), (&scene.title, &told(scene)))
}

/// Where each layer begins, and how wide its cards are.
struct Layers {
    records: (usize, usize),
    network: usize,
    walls: (usize, usize),
    machines: (usize, usize),
    disks: (usize, usize),
    /// Where the network ends.
    right: usize,
}

impl Layers {
    fn of(scene: &Scene) -> Self {
        let widest =
            |width: &dyn Fn(&Row) -> usize| scene.rows.iter().map(width).max().unwrap_or(0);
        let records = widest(&|row| widest_of(&row.records, MONO));
        let walls = widest(&|row| row.wall.as_ref().map_or(0, wall_width));
        let machines = widest(&|row| machine_width(&row.machine)).max(160);
        let disks = widest(&|row| row.volumes.iter().map(disk_width).max().unwrap_or(0));
        let shared = scene.shared.iter().map(band_width).max().unwrap_or(0);
        let after = |(x, width): (usize, usize)| if width == 0 { x } else { x + width + GAP };
        let records = (MARGIN, records);
        let network = after(records);
        let walls = (network + PADDING, walls);
        let machines = (after(walls), machines);
        let disks = (after(machines), disks);
        let last = if disks.1 == 0 { machines.0 + machines.1 } else { disks.0 + disks.1 };
        let right = last.max(walls.0 + shared) + PADDING;
        Self { records, network, walls, machines, disks, right }
    }

    /// The whole width inside the network.
    const fn inner(&self, y: usize) -> Place {
        let x = self.walls.0;
        Place { x, y, width: self.right - PADDING - x, height: 44 }
    }
}

fn header(canvas: &mut Canvas, scene: &Scene, width: usize) {
    let project = scene.project.as_ref().map(|project| format!(" · project {project}"));
    let title = format!("{}{}", scene.title, project.unwrap_or_default());
    canvas.text("title", (MARGIN, 42), &cut(&title));
    if let Some(monthly) = scene.monthly.filter(|monthly| *monthly != Money::ZERO) {
        canvas.text("price name end", (width - MARGIN, 42), &format!("{monthly} a month"));
    }
}

/// A firewall over everything, as a band across the network; gives its height.
fn band(canvas: &mut Canvas, wall: &Wall, place: Place) -> usize {
    canvas.card("red", place);
    let base = place.y + 27;
    let name = cut(&wall.name);
    canvas.text("mono name", (place.x + INSET, base), &name);
    let x = place.x + INSET + mono(&name) + INSET;
    canvas.text("soft", (x, base), &band_text(wall));
    canvas.text("small soft end", (place.x + place.width - INSET, base), "firewall");
    place.height
}

fn band_text(wall: &Wall) -> String {
    let rules = wall.rules.join(" · ");
    cut_to(&format!("every machine: {rules}"), LONGEST * 2)
}

fn band_width(wall: &Wall) -> usize {
    mono(&cut(&wall.name)) + plain(&band_text(wall)) + plain("firewall") + 4 * INSET
}

/// A machine with its names, its firewall and its data; gives the row's height.
fn draw_row(canvas: &mut Canvas, row: &Row, layers: &Layers, y: usize) -> usize {
    let heights = [
        (row.records.len() * RECORD_STEP).saturating_sub(RECORD_STEP - RECORD),
        row.wall.as_ref().map_or(0, wall_height),
        machine_height(&row.machine) + several(&row.machine),
        (row.volumes.len() * DISK_STEP).saturating_sub(DISK_STEP - DISK),
    ];
    let height = heights.into_iter().max().unwrap_or(0);
    let place = |(x, width): (usize, usize), own: usize| Place {
        x,
        y: y + (height - own) / 2,
        width,
        height: own,
    };
    let machine = place(layers.machines, machine_height(&row.machine));
    let wall = row.wall.as_ref().map(|wall| (wall, place(layers.walls, wall_height(wall))));
    let first = wall.as_ref().map_or(machine, |(_, place)| *place);
    for (number, record) in row.records.iter().enumerate() {
        let stack = place(layers.records, heights[0]);
        let pill = Place { y: stack.y + number * RECORD_STEP, height: RECORD, ..stack };
        draw_record(canvas, record, pill);
        canvas.arrow(pill.right(), first.left());
    }
    if let Some((wall, place)) = wall {
        draw_wall(canvas, wall, place);
        canvas.arrow(place.right(), machine.left());
    }
    draw_machine(canvas, &row.machine, machine);
    for (number, volume) in row.volumes.iter().enumerate() {
        let stack = place(layers.disks, heights[3]);
        let card = Place { y: stack.y + number * DISK_STEP, height: DISK, ..stack };
        canvas.line((machine.right().0 + several(&row.machine), machine.right().1), card.left());
        draw_disk(canvas, volume, card);
    }
    height
}

/// The name of a card's thing, and in the corner what it is.
fn named(canvas: &mut Canvas, (name, kind): (&str, &str), place: Place) {
    canvas.text("mono name", (place.x + INSET, place.y + 26), &cut(name));
    canvas.text("small soft end", (place.x + place.width - INSET, place.y + 26), kind);
}

/// The room that takes.
fn named_width(name: &str, kind: &str) -> usize {
    mono(&cut(name)) + plain(kind) + 3 * INSET
}

fn draw_record(canvas: &mut Canvas, record: &str, place: Place) {
    canvas.area("card", place, RECORD / 2);
    canvas.area("green", Place { x: place.x + 12, y: place.y + 14, width: 6, height: 6 }, 3);
    canvas.text("mono name", (place.x + 26, place.y + 21), &cut(record));
}

fn draw_wall(canvas: &mut Canvas, wall: &Wall, place: Place) {
    canvas.card("red", place);
    let mut base = place.y + 26;
    named(canvas, (&wall.name, "firewall"), place);
    for rule in &wall.rules {
        base += LINE;
        canvas.text("soft", (place.x + INSET, base), &cut(rule));
    }
}

fn wall_height(wall: &Wall) -> usize {
    42 + wall.rules.len() * LINE
}

fn wall_width(wall: &Wall) -> usize {
    let rules = wall.rules.iter().map(|rule| plain(&cut(rule))).max().unwrap_or(0);
    named_width(&wall.name, "firewall").max(rules + 2 * INSET)
}

fn draw_machine(canvas: &mut Canvas, machine: &Machine, place: Place) {
    for behind in (1..=several(machine) / 4).rev() {
        let place = Place { x: place.x + behind * 4, y: place.y + behind * 4, ..place };
        canvas.area("card", place, 8);
    }
    canvas.card("blue", place);
    let (left, right) = (place.x + INSET, place.x + place.width - INSET);
    named(canvas, (&machine.name, "droplet"), place);
    canvas.text("soft", (left, place.y + 48), &cut(&size(machine)));
    canvas.text("soft", (left, place.y + 72), &machine.spec.clone().unwrap_or_default());
    if let Some(monthly) = machine.monthly {
        canvas.text("price end", (right, place.y + 72), &monthly.to_string());
    }
    let class = if machine.is_well { "soft" } else { "red" };
    for (at, line) in machine.lines.iter().enumerate() {
        canvas.text(class, (left, place.y + 72 + (at + 1) * LINE), &cut(line));
    }
}

fn machine_height(machine: &Machine) -> usize {
    MACHINE + machine.lines.len() * LINE
}

fn size(machine: &Machine) -> String {
    match machine.count {
        1 => machine.size.clone(),
        count => format!("{count} × {}", machine.size),
    }
}

/// The room that the cards behind the first one take.
const fn several(machine: &Machine) -> usize {
    if machine.count > 1 { 8 } else { 0 }
}

fn machine_width(machine: &Machine) -> usize {
    let spec = machine.spec.as_deref().map_or(0, plain);
    let price = machine.monthly.map_or(0, |monthly| plain(&monthly.to_string()) + 2 * INSET);
    let lines = machine.lines.iter().map(|line| plain(&cut(line))).max().unwrap_or(0);
    let below = plain(&cut(&size(machine))).max(spec + price).max(lines) + 2 * INSET;
    named_width(&machine.name, "droplet").max(below)
}

fn draw_disk(canvas: &mut Canvas, disk: &Disk, place: Place) {
    canvas.card("violet", place);
    let (left, right) = (place.x + INSET, place.x + place.width - INSET);
    named(canvas, (&disk.name, "volume"), place);
    canvas.text("soft", (left, place.y + 50), &disk.size);
    canvas.text("price end", (right, place.y + 50), &disk.monthly.to_string());
}

fn disk_width(disk: &Disk) -> usize {
    named_width(&disk.name, "volume").max(200)
}

fn widest_of(records: &[String], letter: usize) -> usize {
    let widest = records.iter().map(|record| width(&cut(record), letter)).max();
    widest.map_or(0, |widest| widest + 26 + INSET)
}

fn mono(text: &str) -> usize {
    width(text, MONO)
}

fn plain(text: &str) -> usize {
    width(text, PLAIN)
}

fn width(text: &str, letter: usize) -> usize {
    (text.width() * letter).div_ceil(10)
}

fn cut(text: &str) -> String {
    cut_to(text, LONGEST)
}

/// As much of a text as is shown.
fn cut_to(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The picture in a sentence.
fn told(scene: &Scene) -> String {
    let machines: usize = scene.rows.iter().map(|row| row.machine.count).sum();
    let with_data = scene.rows.iter().filter(|row| !row.volumes.is_empty());
    let with_data: usize = with_data.map(|row| row.machine.count).sum();
    let word = if machines == 1 { "machine" } else { "machines" };
    format!(
        "The stack {}: {machines} {word}, {with_data} of them with data, behind firewalls in one private network.",
        scene.title
    )
}
