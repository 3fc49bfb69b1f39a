//! `quittance token`: make API tokens, list and revoke them.

use crate::{
    cli::{InCompany, Result, leave, open},
    print,
};
use app::{
    lists::Part,
    users::{self, NewToken, TokenRow},
};
use domain::users::Permission;
use kernel::{ApiTokenId, Date};
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Token {
    /// Make a token and print it, once
    Add(Add),
    /// List the tokens of a company
    List {
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
    /// End a token now
    Revoke {
        id: ApiTokenId,
        #[command(flatten)]
        company: InCompany,
    },
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// What will use it, such as `web shop`
    name: String,
    /// The e-mail of the person whom it acts for
    #[arg(long, short)]
    user: String,
    /// What it may do, such as read or invoices.issue; repeat it for more
    #[arg(long = "scope", short, default_value = "read")]
    scopes: Vec<Permission>,
    /// The last day on which it works
    #[arg(long)]
    expires_on: Option<Date>,
    #[command(flatten)]
    company: InCompany,
}

pub(crate) async fn run(database: &str, command: Token) -> Result {
    let app = open(database).await?;
    match command {
        Token::Add(add) => {
            let caller = add.company.caller(&app).await?;
            let owner = users::member_by_email(&app, &caller, &add.user).await?;
            let Add { name, scopes, expires_on, .. } = add;
            let made = users::create_token(&app, &caller, NewToken { name, scopes, expires_on, owner: Some(owner.id) })
                .await?;
            print::note("Keep this token; it is not shown again:");
            print::line(made.token);
        }
        Token::List { json, company } => {
            let part = Part { after: None, limit: Some(500) };
            let tokens = users::list_tokens(&app, &company.caller(&app).await?, None, &part).await?;
            show(&tokens.rows, json);
        }
        Token::Revoke { id, company } => {
            users::revoke_token(&app, &company.caller(&app).await?, id).await?;
            print::line("The token works no longer.");
        }
    }
    leave(app).await
}

fn show(tokens: &[TokenRow], json: bool) {
    if json {
        let facts = tokens.iter().map(|t| {
            json!({ "id": t.id, "name": t.name, "scopes": t.scopes, "created_at": t.created_at,
                "expires_at": t.expires_at, "revoked_at": t.revoked_at, "last_used_at": t.last_used_at })
        });
        return print::json(&facts.collect::<Vec<_>>());
    }
    let text = |at: Option<kernel::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let rows = tokens.iter().map(|t| {
        let scopes = t.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let ends = t.revoked_at.map_or_else(|| text(t.expires_at), |at| format!("revoked {at}"));
        [t.id.to_string(), t.name.clone(), scopes, text(t.last_used_at), ends]
    });
    print::table(["ID", "NAME", "MAY", "LAST USED", "ENDS"], rows);
}
