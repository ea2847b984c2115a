//! Sound synthesis: noise, rain, sea, wind, water, fire, nights and drones, bowls and bells, breath swells and ticks.

pub mod bowl;
pub mod brook;
pub mod brown;
mod bubble;
pub mod chime;
pub mod drips;
pub mod drone;
pub mod fire;
pub mod generator;
mod mode;
pub mod night;
mod pan;
pub mod pink;
mod pulse;
pub mod rain;
mod random_curve;
mod rotation;
mod scatter;
pub mod sea;
mod shot;
mod spectrum;
pub mod surf;
pub mod swell;
pub mod thunder;
pub mod tick;
pub mod waterfall;
pub mod wind;
