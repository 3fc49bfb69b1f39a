//! `quittance user`: let people in, list them, shut accounts, set passwords.

use crate::{
    cli::{Failure, InCompany, Result, leave, open},
    print,
};
use app::users::{self, MemberList};
use domain::users::Role;
use serde_json::json;
use std::io::IsTerminal as _;

#[derive(clap::Subcommand)]
pub(crate) enum User {
    /// Let somebody work for a company; asks for a password, or reads one line of standard input
    Add {
        email: String,
        /// As documents and the audit log show it
        name: String,
        /// administrator, manager, clerk, collector, sales or auditor
        #[arg(long, short)]
        role: Role,
        #[command(flatten)]
        company: InCompany,
    },
    /// List who works for a company
    List {
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
    /// Shut an account and end its sessions
    Disable {
        email: String,
        #[command(flatten)]
        company: InCompany,
    },
    /// Open an account that was shut
    Enable {
        email: String,
        #[command(flatten)]
        company: InCompany,
    },
    /// Set a new password; asks for it, or reads one line of standard input
    Password {
        email: String,
        #[command(flatten)]
        company: InCompany,
    },
}

pub(crate) async fn run(database: &str, command: User) -> Result {
    let app = open(database).await?;
    match command {
        User::Add { email, name, role, company } => {
            let caller = company.caller(&app).await?;
            let new = users::NewUser { email, name, role, password: password()? };
            let member = users::create_user(&app, &caller, new).await?;
            print::line(format!("{} <{}> may work here as {}.", member.name, member.email, member.role));
        }
        User::List { json, company } => {
            let caller = company.caller(&app).await?;
            let (mut members, mut after) = (Vec::new(), None);
            loop {
                let page =
                    users::list(&app, &caller, MemberList { after, limit: Some(500), ..MemberList::default() }).await?;
                members.extend(page.rows);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            show(&members, json);
        }
        User::Disable { email, company } => {
            let caller = company.caller(&app).await?;
            let member = users::member_by_email(&app, &caller, &email).await?;
            users::disable(&app, &caller, member.id).await?;
            print::line(format!("The account of {} is shut.", member.name));
        }
        User::Enable { email, company } => {
            let caller = company.caller(&app).await?;
            let member = users::member_by_email(&app, &caller, &email).await?;
            users::enable(&app, &caller, member.id).await?;
            print::line(format!("The account of {} is open again.", member.name));
        }
        User::Password { email, company } => {
            let caller = company.caller(&app).await?;
            let member = users::member_by_email(&app, &caller, &email).await?;
            users::set_password(&app, &caller, member.id, password()?).await?;
            print::line(format!("{} has a new password and was signed out everywhere.", member.name));
        }
    }
    leave(app).await
}

fn show(members: &[users::Member], json: bool) {
    if json {
        let facts = members.iter().map(
            |m| json!({ "id": m.id, "email": m.email, "name": m.name, "role": m.role, "disabled_at": m.disabled_at }),
        );
        return print::json(&facts.collect::<Vec<_>>());
    }
    let state = |member: &users::Member| if member.disabled_at.is_some() { "disabled" } else { "" }.to_owned();
    let rows = members.iter().map(|m| [m.email.clone(), m.name.clone(), m.role.to_string(), state(m)]);
    print::table(["E-MAIL", "NAME", "ROLE", ""], rows);
}

/// Typed unseen, or the first line of what is piped in. Never an argument: those are seen by others and kept.
fn password() -> Result<String> {
    let failed = |error| Failure::Io("no password was read".to_owned(), error);
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(failed);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
