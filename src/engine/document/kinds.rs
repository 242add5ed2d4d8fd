//! The kinds of documents: parameters, secrets, keys, rules, credentials and shares.

use super::{Authored, Document, Parsed, check_format, elsewhere, not_allowed};
use crate::engine::error::{Error, Result};
use crate::engine::key_error::VaultKeyError;
use crate::engine::summary::{of_parameter, of_secret};
use crate::engine::tampering::Tampering;
use crate::format::caps;
use crate::format::path::{PathTooLong, credential_path, key_path, parameter_path, rule_path, secret_path, share_path};
use crate::format::schema::{
    emit_credential, emit_key, emit_parameter, emit_rule, emit_secret, emit_share, parse_credential, parse_key,
    parse_parameter, parse_rule, parse_secret, parse_share,
};
use crate::model::credential::Credential;
use crate::model::event::{Rule, Summary};
use crate::model::head::Head;
use crate::model::id::VaultId;
use crate::model::key::KeyDocument;
use crate::model::name::{MemberName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::share::Share;
use crate::model::trust::{Kind, Member, Role, Trust};

/// What is the same for every kind: its author is the one in its head.
macro_rules! authored {
    ($($document:ty, $parse:path;)*) => {$(
        impl Authored for $document {
            fn parse(_: &str, body: &[u8], vault: &VaultId) -> Parsed<Self> {
                $parse(body, vault)
            }

            fn author(&self) -> &MemberName {
                &self.head.by
            }
        }
    )*};
}

authored! {
    Parameter, parse_parameter;
    Secret, parse_secret;
    KeyDocument, parse_key;
    Rule, parse_rule;
    Credential, parse_credential;
    Share, parse_share;
}

macro_rules! facts {
    ($emit:path) => {
        fn emit(&self, vault: &VaultId) -> String {
            $emit(self, vault)
        }

        fn name(&self) -> &str {
            self.name.as_str()
        }

        fn id(&self) -> [u8; 16] {
            self.id.0
        }

        fn head(&self) -> &Head {
            &self.head
        }

        fn head_mut(&mut self) -> &mut Head {
            &mut self.head
        }
    };
}

impl Document for Parameter {
    fn drop_outdated(&mut self) {
        self.forget_gone();
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        parameter_path(&self.name)
    }

    facts!(emit_parameter);

    fn is_deleted(&self) -> bool {
        Parameter::is_deleted(self)
    }

    fn summary(&self) -> Option<Summary> {
        Some(of_parameter(self))
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        check_value_document(self, Kind::Parameter, path, trust)
    }
}

impl Document for Secret {
    fn drop_outdated(&mut self) {
        if let Some(rotation) = &mut self.rotation {
            rotation.drop_unsigned();
        }
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        secret_path(&self.name)
    }

    facts!(emit_secret);

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    fn summary(&self) -> Option<Summary> {
        Some(of_secret(self))
    }

    fn replicated(&self) -> Option<&SecretName> {
        (!self.replicas.is_empty()).then_some(&self.name)
    }

    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        check_value_document(self, Kind::Secret, path, trust)
    }
}

impl Document for KeyDocument {
    fn cap(_: &str) -> u64 {
        caps::SMALL_DOCUMENT
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        Ok(key_path(&self.name))
    }

    facts!(emit_key);

    fn is_deleted(&self) -> bool {
        false
    }

    /// A key document is the one that the trust chain names, and an admin's.
    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        let rule = trust.key(&self.name).ok_or_else(|| VaultKeyError::NotFound(self.name.clone()))?;
        if key_path(&self.name) != path || self.id != rule.id {
            return Err(Error::Tampered { path: path.to_owned(), reason: Tampering::NotTheKey });
        }
        check_admin(&self.head.by, path, trust)
    }

    /// A document of format 1 lists readers. One from before a reader was revoked lists them too.
    fn check_floor(&self, trust: &Trust) -> Result<()> {
        check_format(self, trust)?;
        let floor = trust.key(&self.name).map_or(1, |key| key.floor);
        match &self.stated {
            Some(stated) if stated.current < floor => {
                Err(VaultKeyError::Outdated(self.name.clone(), stated.current, floor).into())
            }
            _ => Ok(()),
        }
    }
}

impl Document for Rule {
    fn cap(_: &str) -> u64 {
        caps::SMALL_DOCUMENT
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        Ok(rule_path(&self.name))
    }

    facts!(emit_rule);

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// A rule is an admin's: it has programs run on other people's machines.
    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        if rule_path(&self.name) != path {
            return Err(elsewhere(path, self.name.as_str()));
        }
        check_admin(&self.head.by, path, trust)
    }
}

impl Document for Credential {
    fn cap(_: &str) -> u64 {
        caps::SMALL_DOCUMENT
    }

    fn path(&self) -> std::result::Result<String, PathTooLong> {
        Ok(credential_path(&self.name))
    }

    facts!(emit_credential);

    /// One that was revoked stays, and says so.
    fn is_deleted(&self) -> bool {
        false
    }

    /// Nobody issues in the name of another member. An admin may sign for one, because who leaves has their documents signed
    /// again, and everyone who may write credentials may revoke one.
    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        check_value_document(self, Kind::Credential, path, trust)?;
        let by = &self.head.by;
        if self.revoked || *by == self.member { Ok(()) } else { check_admin(by, path, trust) }
    }
}

impl Document for Share {
    fn path(&self) -> std::result::Result<String, PathTooLong> {
        Ok(share_path(self.id))
    }

    facts!(emit_share);

    fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// Only a reader of everything that it may cover hands it on. Every member may end it.
    fn check(&self, path: &str, trust: &Trust) -> Result<()> {
        if share_path(self.id) != path {
            return Err(elsewhere(path, &self.id.to_string()));
        }
        let keys = self.keys(trust);
        let reads_all = !keys.is_empty() && keys.iter().all(|key| key.readers.contains(&self.head.by));
        if self.deleted || reads_all { Ok(()) } else { Err(not_allowed(path, &self.head.by)) }
    }
}

/// A document with values is at the path of its name, and its author may write that name.
fn check_value_document(document: &impl Document, kind: Kind, path: &str, trust: &Trust) -> Result<()> {
    if document.path()? != path {
        return Err(elsewhere(path, document.name()));
    }
    check_author(&document.head().by, path, trust, |member| member.may_write(kind, document.name()))
}

fn check_admin(by: &MemberName, path: &str, trust: &Trust) -> Result<()> {
    check_author(by, path, trust, |member| member.role == Role::Admin)
}

fn check_author(by: &MemberName, path: &str, trust: &Trust, may: impl Fn(&Member) -> bool) -> Result<()> {
    if trust.member(by).is_some_and(may) { Ok(()) } else { Err(not_allowed(path, by)) }
}
