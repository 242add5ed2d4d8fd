//! The templates of hooks (`vault rotate hooks new --template`), through the program, against what they rotate: real servers
//! where Debian has them, and otherwise a stand-in for the driver, which knows the calls that the driver documents.

mod aws_iam;
mod http_token;
mod ldap;
mod program;
mod rabbitmq;
mod redis;
mod redshift;
mod ssh_key;
mod stand_ins;
mod world;
