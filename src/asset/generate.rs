//! Creates the generator of a layer from its settings.

use crate::script::generate::{Chord, Generate};
use crate::synth::brook::{Brook, BrookSettings};
use crate::synth::brown::Brown;
use crate::synth::drips::{DripSettings, Drips};
use crate::synth::drone::{Drone, DroneChord, DroneSettings};
use crate::synth::fire::{Fire, FireSettings};
use crate::synth::generator::Generator;
use crate::synth::night::{Night, NightSettings};
use crate::synth::pink::{Pink, White};
use crate::synth::played_bowl::{PlayedBowl, PlayedBowlSettings};
use crate::synth::rain::{Rain, RainSettings};
use crate::synth::sea::{Sea, SeaSettings};
use crate::synth::surf::{Surf, SurfSettings};
use crate::synth::tanpura::{Tanpura, TanpuraSettings};
use crate::synth::thunder::{Thunder, ThunderSettings};
use crate::synth::waterfall::{Waterfall, WaterfallSettings};
use crate::synth::wind::{Wind, WindSettings};
use crate::unit::SampleRate;

pub(super) fn generator(sound: &Generate, rate: SampleRate, seed: u64) -> Box<dyn Generator> {
    match *sound {
        Generate::White { width } => Box::new(White::new(seed, width)),
        Generate::Pink { width } => Box::new(Pink::new(rate, seed, width)),
        Generate::Brown { width } => Box::new(Brown::new(rate, seed, width)),
        Generate::Rain { heaviness, nearness } => {
            Box::new(Rain::new(rate, seed, RainSettings { heaviness, nearness }))
        }
        Generate::Sea { period, surf, nearness } => {
            Box::new(Sea::new(rate, seed, SeaSettings { period, surf, nearness }))
        }
        Generate::Brook { flow, nearness } => {
            Box::new(Brook::new(rate, seed, BrookSettings { flow, nearness }))
        }
        Generate::Drops { rate: per_second, space } => {
            Box::new(Drips::new(rate, seed, DripSettings { rate: per_second, space }))
        }
        Generate::Drone { pitch, chord, brightness } => {
            let tone = DroneSettings { pitch_hz: pitch, chord: drone_chord(chord), brightness };
            Box::new(Drone::new(rate, seed, tone))
        }
        Generate::Fire { crackle, flames } => {
            Box::new(Fire::new(rate, seed, FireSettings { crackle, flames }))
        }
        Generate::Night { crickets, frogs } => {
            Box::new(Night::new(rate, seed, NightSettings { crickets, frogs }))
        }
        Generate::Surf { period, distance } => {
            Box::new(Surf::new(rate, seed, SurfSettings { period, distance }))
        }
        Generate::Thunder { every, distance } => {
            Box::new(Thunder::new(rate, seed, ThunderSettings { every, distance }))
        }
        Generate::Waterfall { flow, nearness } => {
            Box::new(Waterfall::new(rate, seed, WaterfallSettings { flow, nearness }))
        }
        Generate::Bowl { pitch, strokes, rubbing } => {
            Box::new(PlayedBowl::new(rate, seed, PlayedBowlSettings { pitch_hz: pitch, strokes, rubbing }))
        }
        Generate::Tanpura { pitch, first, brightness, round } => {
            let tuned = TanpuraSettings { pitch_hz: pitch, first, brightness, round };
            Box::new(Tanpura::new(rate, seed, tuned))
        }
        Generate::Wind { gusts, leaves } => Box::new(Wind::new(rate, seed, WindSettings { gusts, leaves })),
    }
}

fn drone_chord(chord: Chord) -> DroneChord {
    match chord {
        Chord::Octave => DroneChord::Octave,
        Chord::Fifth => DroneChord::Fifth,
        Chord::Fourth => DroneChord::Fourth,
        Chord::Major => DroneChord::Major,
        Chord::Minor => DroneChord::Minor,
    }
}

#[cfg(test)]
mod tests {
    use realfft::num_complex::Complex;
    use realfft::{ComplexToReal, RealFftPlanner};

    use super::*;
    use crate::diag::{FileId, Sink};
    use crate::dsp::fade::raised_cosine;
    use crate::dsp::loudness::{clip_blocks, energy_of, gated};
    use crate::script::ambience::{AMBIENCE, Ambience, LayerSound};
    use crate::synth::generator::GRAIN;
    use crate::synth::generator::check::{made, order_does_not_matter, rms_db};
    use crate::toml::table::read_file;

    /// The most extreme settings, at the ends of their ranges.
    const EXTREMES: [Generate; 19] = [
        Generate::Rain { heaviness: 0.0, nearness: 1.0 },
        Generate::Sea { period: 4.0, surf: 1.0, nearness: 1.0 },
        Generate::Sea { period: 20.0, surf: 0.0, nearness: 0.0 },
        Generate::Wind { gusts: 1.0, leaves: 1.0 },
        Generate::Brook { flow: 0.0, nearness: 1.0 },
        Generate::Brook { flow: 1.0, nearness: 0.0 },
        Generate::Drops { rate: 0.5, space: 1.0 },
        Generate::Drops { rate: 8.0, space: 0.0 },
        Generate::Drone { pitch: 220.0, chord: Chord::Minor, brightness: 1.0 },
        Generate::Fire { crackle: 1.0, flames: 0.0 },
        Generate::Night { crickets: 1.0, frogs: 1.0 },
        Generate::Surf { period: 4.0, distance: 0.0 },
        Generate::Surf { period: 20.0, distance: 1.0 },
        Generate::Thunder { every: 15.0, distance: 0.0 },
        Generate::Bowl { pitch: 110.0, strokes: 4.0, rubbing: 0.0 },
        Generate::Bowl { pitch: 493.9, strokes: 10.0, rubbing: 0.0 },
        Generate::Bowl { pitch: 220.0, strokes: 10.0, rubbing: 1.0 },
        Generate::Tanpura { pitch: 32.7, first: 1.875, brightness: 1.0, round: 10.0 },
        Generate::Tanpura { pitch: 493.9, first: 1.5, brightness: 0.0, round: 4.0 },
    ];

    /// Every sound with default settings, and the extremes.
    fn sounds() -> Vec<Generate> {
        Generate::NAMES.map(as_usual).into_iter().chain(EXTREMES).collect()
    }

    /// The sound of a layer without numbers.
    fn as_usual(name: &str) -> Generate {
        let text = format!("title = \"x\"\n[[layer]]\ngenerate = \"{name}\"\n");
        let bed = read_file(FileId(0), &text, &AMBIENCE, &Sink::new(), |table| Ambience::read("x", table));
        match &bed.unwrap().layers[0].sound {
            LayerSound::Generated(sound) => *sound,
            LayerSound::Recording { .. } => panic!("{name} is generated"),
        }
    }

    /// A run of grains of every sound.
    fn each(test: impl Fn(&Generate, [Vec<f32>; 2])) {
        for sound in &sounds() {
            let generator = generator(sound, SampleRate::DEFAULT, 11);
            let mut planes = [Vec::new(), Vec::new()];
            for index in 20..26 {
                let grain = made(generator.as_ref(), index);
                planes.iter_mut().zip(grain).for_each(|(plane, grain)| plane.extend(grain));
            }
            test(sound, planes);
        }
    }

    fn correlation(left: &[f32], right: &[f32]) -> f64 {
        let product = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        product(left, right) / (product(left, left) * product(right, right)).sqrt()
    }

    #[test]
    fn every_sound_can_be_made_in_any_order_and_differs_from_seed_to_seed() {
        for sound in &sounds() {
            order_does_not_matter(generator(sound, SampleRate::DEFAULT, 3).as_ref());
            let [one, other] =
                [3, 4].map(|seed| made(generator(sound, SampleRate::DEFAULT, seed).as_ref(), 0));
            assert!(one != other, "{sound:?}");
        }
    }

    #[test]
    fn the_borders_of_grains_are_like_any_other_place() {
        each(|sound, planes| {
            for plane in planes {
                // The second difference at a frame shows jumps, clicks and kinks of the envelope.
                let bend = |at: usize| (plane[at - 1] - 2.0 * plane[at] + plane[at + 1]).abs();
                let around = |at: usize| (at - 24..at + 24).map(bend).fold(0.0, f32::max);
                let mut elsewhere: Vec<f32> = (1_000..plane.len() - 1_000).step_by(977).map(around).collect();
                elsewhere.sort_by(f32::total_cmp);
                let most = elsewhere[elsewhere.len() - 4];
                let borders = (1..6).map(|grain| around(grain * GRAIN as usize));
                let worst = borders.fold(0.0, f32::max);
                assert!(worst <= most, "{sound:?}: {worst} at a border, {most} elsewhere");
            }
        });
    }

    #[test]
    fn nothing_startles() {
        each(|sound, planes| {
            // Blocks of 400 ms, ten a second, of both channels together.
            let blocks = planes.map(|plane| clip_blocks(&plane, SampleRate::DEFAULT));
            let blocks: Vec<f64> =
                blocks[0].iter().zip(&blocks[1]).map(|(left, right)| left + right).collect();
            let blocks = &blocks[4..blocks.len() - 4];
            // A rise counts from 20 LU under the voice, and the loudness of a bed is 12 LU under it.
            let floor = energy_of(gated(blocks).unwrap()) * 10f64.powf(-0.8);
            let rise = blocks.windows(5).map(|five| five[4] / five[0].max(floor)).fold(0.0, f64::max);
            assert!(10.0 * rise.log10() < 12.0, "{sound:?}: {} dB in 0.4 s", 10.0 * rise.log10());
        });
    }

    #[test]
    fn every_sound_is_centred_wide_and_within_bounds() {
        each(|sound, planes| {
            for plane in &planes {
                let mean = plane.iter().map(|&s| f64::from(s)).sum::<f64>() / plane.len() as f64;
                assert!(mean.abs() < 0.0003, "{sound:?}: an offset of {mean}");
                let peak = plane.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
                assert!(peak < 2.0, "{sound:?}: a peak of {peak}");
            }
            let [left, right] = &planes;
            let balance = rms_db(left) - rms_db(right);
            assert!(balance.abs() < 2.5, "{sound:?}: {balance} dB to one side");
            assert!(correlation(left, right) < 0.98, "{sound:?} is mono");
            for (left, right) in left.chunks_exact(48_000).zip(right.chunks_exact(48_000)) {
                let shared = correlation(left, right);
                assert!(shared > -0.3, "{sound:?}: a correlation of {shared}");
            }
        });
    }

    /// The bins of a transform of two grains in which a bed is audible, from 50 Hz to 16 kHz.
    fn audible(length: usize) -> std::ops::Range<usize> {
        let bin = |hz: usize| hz * length / SampleRate::DEFAULT.hz() as usize;
        bin(50)..bin(16_000)
    }

    /// How like two stretches are at the distance at which they are most alike, as a share of their energy. Both are
    /// brought to an even spectrum first, since two stretches with the same tone are alike without repeating anything.
    fn likeness(one: &[Complex<f32>], other: &[Complex<f32>], back: &dyn ComplexToReal<f32>) -> f32 {
        let mut bins: Vec<_> = one.iter().zip(other).map(|(a, b)| a * b.conj()).collect();
        let mut products = back.make_output_vec();
        back.process(&mut bins, &mut products).unwrap();
        // The transforms do not divide by their length, and every audible bin of both has a size of one.
        let whole = 2 * audible(products.len()).len();
        products.iter().fold(0.0f32, |most, product| most.max(product.abs())) / whole as f32
    }

    /// `ADEM_BED_MINUTES` asks for more than the three grains of each bed that there is time for in every test run: 10
    /// compares every grain of ten minutes with every other one.
    #[test]
    fn no_part_of_a_bed_is_like_another() {
        let length = 2 * GRAIN as usize;
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, back) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let minutes = std::env::var("ADEM_BED_MINUTES").ok().map(|text| text.parse::<u64>().unwrap());
        let grains: Vec<u64> = match minutes {
            Some(minutes) => (0..minutes * 60 * u64::from(SampleRate::DEFAULT.hz()) / GRAIN).collect(),
            None => vec![0, 1, 9],
        };
        let flat = |samples: &[f32]| {
            let mut padded = forward.make_input_vec();
            // Ends that fade so softly that low frequencies do not leak into high ones.
            let end = samples.len() as f64 / 8.0;
            for ((place, out), sample) in (0..).zip(&mut padded).zip(samples) {
                let near = f64::from(place.min(samples.len() as i32 - place)) / end;
                *out = sample * raised_cosine(near).powi(2) as f32;
            }
            let mut bins = forward.make_output_vec();
            forward.process(&mut padded, &mut bins).unwrap();
            let heard = audible(length);
            for (place, bin) in bins.iter_mut().enumerate() {
                let size = bin.norm().max(f32::MIN_POSITIVE);
                *bin = if heard.contains(&place) { *bin / size } else { Complex::default() };
            }
            bins
        };
        let most = |spectra: &[Vec<Complex<f32>>]| {
            let others = |first: usize| spectra[first + 1..].iter().map(move |other| (first, other));
            let pairs = (0..spectra.len()).flat_map(others);
            pairs.map(|(first, other)| likeness(&spectra[first], other, back.as_ref())).fold(0.0, f32::max)
        };
        // The tones of these last, so that each part of one is like every other.
        let lasting = ["drone", "bowl", "tanpura"];
        for name in Generate::NAMES.into_iter().filter(|name| !lasting.contains(name)) {
            let bed = generator(&as_usual(name), SampleRate::DEFAULT, 11);
            let planes: Vec<Vec<f32>> =
                grains.iter().map(|index| made(bed.as_ref(), *index).swap_remove(0)).collect();
            let spectra: Vec<_> = planes.iter().map(|plane| flat(plane)).collect();
            assert!(most(&spectra) < 0.05, "{name}: {}", most(&spectra));
            // A passage of a second that came back would be found.
            if name == "rain" {
                let mut copy = planes[1].clone();
                copy[100_000..148_000].copy_from_slice(&planes[0][80_000..128_000]);
                assert!(most(&[spectra[0].clone(), flat(&copy)]) > 0.05);
            }
        }
    }
}
