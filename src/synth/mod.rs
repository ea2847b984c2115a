//! Sound synthesis: noise, rain, sea, wind, water and drones, bowls and bells, breath swells and ticks.

mod bank;
pub mod bowl;
pub mod brook;
pub mod brown;
mod bubble;
pub mod chime;
pub mod drips;
pub mod drone;
pub mod generator;
mod mode;
mod pan;
pub mod pink;
pub mod rain;
mod random_curve;
mod rotation;
mod scatter;
pub mod sea;
pub mod swell;
pub mod tick;
pub mod wind;
