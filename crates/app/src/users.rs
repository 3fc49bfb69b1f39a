//! People: who may work for a company and in which role.
//!
//! A user exists once and works for any number of companies. Passwords go in and never come out; audit events carry
//! names and roles only. `sessions` signs people in, `tokens` lets programs in.

mod sessions;
mod tokens;

pub use sessions::{Session, SignIn, SignedIn, end_expired_sessions, session, sign_in, sign_out, switch_company};
pub use store::users::{Member, MemberSort, TokenRow};
pub use tokens::{NewToken, TokenMade, create_token, list_tokens, revoke_token, token};

use crate::{
    companies,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, FieldError, Result},
    lists::{Cursor, Page, Part},
    secrets,
};
use domain::{
    companies::NewCompany,
    users::{Permission, Role, UserRefusal},
};
use kernel::{CompanyId, SessionId, UserId};
use serde_json::{Value, json};
use store::users::{self, MemberFilter, MembershipRow, UserRow};

/// Somebody to be let into the caller's company.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Not needed for somebody who has an account already.
    #[serde(default, skip_serializing)]
    pub password: String,
}

/// Whether this database has its first user yet.
/// Offered when something is asked of one of them.
const MOST_COLLEAGUES: i64 = 500;

pub async fn any(app: &App) -> Result<bool> {
    Ok(users::any(&mut app.db.glance().await?).await?)
}

/// The first company with its administrator, when there is no user yet. The setup code was checked by the caller.
pub async fn set_up(app: &App, company: NewCompany, mut administrator: NewUser) -> Result<CompanyId> {
    administrator.role = Role::Administrator;
    let user = checked(&administrator)?;
    if any(app).await? {
        return Err(Error::refused("Quittance is set up already; sign in."));
    }
    let hash = secrets::hash_password(administrator.password).await?;
    let mut work = companies::begin(app, company).await?;
    save_new(&mut work, user, hash, Role::Administrator);
    let id = work.company_id();
    work.commit().await?;
    Ok(id)
}

/// Sets up one more company, whose administrator is who asks for it.
pub async fn add_company(app: &App, caller: &Caller, new: NewCompany) -> Result<CompanyId> {
    caller.may(Permission::ManageCompany)?;
    let person = caller.actor.person().ok_or(Error::Forbidden(Permission::ManageCompany))?;
    let mut work = companies::begin(app, new).await?;
    work.actor = caller.actor.clone();
    let user = account(&mut work, person).await?;
    save_member(&mut work, &user, Role::Administrator);
    let id = work.company_id();
    work.commit().await?;
    Ok(id)
}

/// Lets somebody into the caller's company: a new user, or one who has an account at another company already.
pub async fn create_user(app: &App, caller: &Caller, new: NewUser) -> Result<Member> {
    caller.may(Permission::ManageUsers)?;
    let email = normal_email(&new.email);
    let known = users::by_email(&mut app.db.glance().await?, &email).await?;
    let id = match known {
        Some(user) => join(app, caller, &user, new.role).await?,
        None => {
            let user = checked(&new)?;
            let hash = secrets::hash_password(new.password).await?;
            let mut work = app.work(caller, Permission::ManageUsers).await?;
            let id = save_new(&mut work, user, hash, new.role);
            work.commit().await?;
            id
        }
    };
    member(app, caller, id).await
}

async fn join(app: &App, caller: &Caller, user: &UserRow, role: Role) -> Result<UserId> {
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let company_id = work.company_id();
    if users::member(&mut work.tx, company_id, user.id).await?.is_some() {
        return Err(Error::field("email", format!("{} works here already", user.name)));
    }
    save_member(&mut work, user, role);
    work.commit().await?;
    Ok(user.id)
}

pub async fn list(app: &App, caller: &Caller, asked: MemberList) -> Result<Page<Member>> {
    let mut work = app.read(caller, Permission::ManageUsers).await?;
    let (company, sort) = (work.company_id(), asked.sort);
    let page = Part { after: asked.after, limit: asked.limit };
    let (after, size) = (page.place(sort.as_str(), sort.order())?, page.size());
    let part = asked.search.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
    let rows = users::members(&mut work.tx, company, &MemberFilter { part, sort, after }, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct MemberList {
    /// Part of the name or the e-mail.
    pub search: Option<String>,
    pub sort: MemberSort,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// Everybody who may work at the desk and sign in, by name.
pub async fn colleagues(app: &App, caller: &Caller) -> Result<Vec<(UserId, String)>> {
    let mut work = app.read(caller, Permission::AllocateCash).await?;
    let company = work.company_id();
    let members = users::members(&mut work.tx, company, &MemberFilter::default(), MOST_COLLEAGUES).await?;
    let active = members.into_iter().filter(|member| may_not_work(member).is_none());
    Ok(active.map(|member| (member.id, member.name)).collect())
}

/// The name of somebody who is given work at the desk.
pub(crate) async fn colleague(work: &mut Work, id: UserId) -> Result<String> {
    let company = work.company_id();
    let wrong = |message| Error::field("owner", message);
    let member = users::member(&mut work.tx, company, id).await?;
    let member = member.ok_or_else(|| wrong("works for another company".to_owned()))?;
    may_not_work(&member).map_or(Ok(member.name), |why| Err(wrong(why)))
}

/// Why somebody could not work at the desk.
fn may_not_work(member: &Member) -> Option<String> {
    let Member { name, role, .. } = member;
    let may = role.permissions().contains(&Permission::AllocateCash);
    match member.disabled_at {
        Some(_) => Some(format!("the account of {name} is disabled; choose somebody who can sign in")),
        None if may => None,
        None => Some(format!("{name} may not allocate payments in the role {role}; choose somebody who may")),
    }
}

pub async fn member(app: &App, caller: &Caller, id: UserId) -> Result<Member> {
    let mut work = app.read(caller, Permission::ManageUsers).await?;
    find(&mut work, id).await
}

pub async fn member_by_email(app: &App, caller: &Caller, email: &str) -> Result<Member> {
    let mut work = app.read(caller, Permission::ManageUsers).await?;
    let user = users::by_email(&mut work.tx, &normal_email(email)).await?.ok_or(Error::NotFound("user"))?;
    find(&mut work, user.id).await
}

pub async fn set_role(app: &App, caller: &Caller, id: UserId, role: Role) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let company = work.company_id();
    let member = find(&mut work, id).await?;
    if member.role == role {
        return Ok(());
    }
    keep_an_administrator(&mut work, &member).await?;
    users::set_role(&mut work.tx, company, id, role).await?;
    let change = (Some(json!({ "role": member.role })), Some(json!({ "role": role })));
    tell(&mut work, "user.role_changed", &member, format!("{} became {role}", member.name), change);
    work.commit().await
}

/// Takes somebody out of the caller's company; the account and other companies stay.
pub async fn remove(app: &App, caller: &Caller, id: UserId) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let company = work.company_id();
    let member = find(&mut work, id).await?;
    if caller.actor.person() == Some(id) {
        return Err(UserRefusal::Yourself.into());
    }
    keep_an_administrator(&mut work, &member).await?;
    users::remove_member(&mut work.tx, company, id).await?;
    let before = Some(json!({ "role": member.role }));
    tell(&mut work, "user.removed", &member, format!("{} no longer works here", member.name), (before, None));
    work.commit().await
}

/// Shuts an account everywhere and ends its sessions.
pub async fn disable(app: &App, caller: &Caller, id: UserId) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let member = find(&mut work, id).await?;
    if caller.actor.person() == Some(id) {
        return Err(UserRefusal::Yourself.into());
    }
    if member.disabled_at.is_some() {
        return Ok(());
    }
    rule_over(&mut work, caller, &member).await?;
    keep_an_administrator(&mut work, &member).await?;
    let user = account(&mut work, id).await?;
    let now = app.now();
    users::set_disabled(&mut work.tx, &user, Some(now)).await?;
    users::end_sessions(&mut work.tx, id, None).await?;
    tell(&mut work, "user.disabled", &member, format!("The account of {} was disabled", member.name), (None, None));
    work.commit().await
}

pub async fn enable(app: &App, caller: &Caller, id: UserId) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let member = find(&mut work, id).await?;
    if member.disabled_at.is_none() {
        return Ok(());
    }
    rule_over(&mut work, caller, &member).await?;
    let user = account(&mut work, id).await?;
    users::set_disabled(&mut work.tx, &user, None).await?;
    tell(&mut work, "user.enabled", &member, format!("The account of {} was enabled again", member.name), (None, None));
    work.commit().await
}

/// Gives somebody else a new password and ends their sessions.
pub async fn set_password(app: &App, caller: &Caller, id: UserId, password: String) -> Result<()> {
    caller.may(Permission::ManageUsers)?;
    secrets::check_password(&password).map_err(|wrong| Error::field("password", wrong))?;
    let hash = secrets::hash_password(password).await?;
    let mut work = app.work(caller, Permission::ManageUsers).await?;
    let member = find(&mut work, id).await?;
    rule_over(&mut work, caller, &member).await?;
    let user = account(&mut work, id).await?;
    users::set_password(&mut work.tx, &user, hash).await?;
    users::end_sessions(&mut work.tx, id, None).await?;
    tell(&mut work, "user.password_set", &member, format!("{} got a new password", member.name), (None, None));
    work.commit().await
}

/// Changes one's own password, knowing the old one; other sessions of the same person end.
pub async fn change_password(app: &App, session: &Session, current: String, new: String) -> Result<()> {
    secrets::check_password(&new).map_err(|wrong| Error::field("new_password", wrong))?;
    let id = session.user_id;
    let user = users::by_id(&mut app.db.glance().await?, id).await?.ok_or(Error::NotFound("user"))?;
    if !secrets::verify_password(current, Some(user.password_hash.clone())).await? {
        return Err(Error::field("current_password", "this is not your password"));
    }
    let hash = secrets::hash_password(new).await?;
    let mut work = app.work(&session.caller, Permission::Read).await?;
    users::set_password(&mut work.tx, &user, hash).await?;
    users::end_sessions(&mut work.tx, id, Some::<SessionId>(session.id)).await?;
    let member = find(&mut work, id).await?;
    tell(&mut work, "user.password_changed", &member, format!("{} chose a new password", member.name), (None, None));
    work.commit().await
}

/// One spelling for one address.
fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// E-mail and name of a new user, with every field that is wrong.
fn checked(new: &NewUser) -> Result<(String, String)> {
    let mut wrong = Vec::new();
    let mut field = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let (email, name) = (normal_email(&new.email), new.name.trim().to_owned());
    let looks_right = email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    if !looks_right || email.len() > 254 || email.contains(char::is_whitespace) {
        field("email", "use an address such as clara@example.com".to_owned());
    }
    if name.is_empty() || name.chars().count() > 100 {
        field("name", "give a name of up to 100 characters".to_owned());
    }
    if let Err(message) = secrets::check_password(&new.password) {
        field("password", message);
    }
    if wrong.is_empty() { Ok((email, name)) } else { Err(Error::Invalid(wrong)) }
}

fn save_new(work: &mut Work, (email, name): (String, String), password_hash: String, role: Role) -> UserId {
    let created_at = work.now;
    let user = UserRow { id: new_id(), email, name, password_hash, created_at, disabled_at: None, version: 1 };
    work.save(std::slice::from_ref(&user));
    save_member(work, &user, role);
    user.id
}

fn save_member(work: &mut Work, user: &UserRow, role: Role) {
    let company_id = work.company_id();
    work.save(&[MembershipRow { company_id, user_id: user.id, role }]);
    work.record(Event {
        action: "user.added",
        subject_kind: "user",
        subject_id: user.id.0,
        summary: format!("{} may work here as {role}", user.name),
        after: Some(json!({ "email": user.email, "name": user.name, "role": role })),
        ..Event::default()
    });
}

async fn find(work: &mut Work, id: UserId) -> Result<Member> {
    let company = work.company_id();
    users::member(&mut work.tx, company, id).await?.ok_or(Error::NotFound("user"))
}

async fn account(work: &mut Work, id: UserId) -> Result<UserRow> {
    users::by_id(&mut work.tx, id).await?.ok_or(Error::NotFound("user"))
}

/// A company is never left without somebody who can manage its users.
async fn keep_an_administrator(work: &mut Work, member: &Member) -> Result<()> {
    let company = work.company_id();
    let administrators = users::lock_administrators(&mut work.tx, company).await?;
    if administrators == [member.id] { Err(UserRefusal::LastAdministrator(member.name.clone()).into()) } else { Ok(()) }
}

/// What changes an account everywhere is for those who are administrators wherever it is used.
async fn rule_over(work: &mut Work, caller: &Caller, member: &Member) -> Result<()> {
    let Some(person) = caller.actor.person() else { return Ok(()) };
    let mine = users::memberships(&mut work.tx, person).await?;
    let rules = |company| mine.iter().any(|m| m.company_id == company && m.role == Role::Administrator);
    let mut elsewhere = Vec::new();
    for membership in users::memberships(&mut work.tx, member.id).await? {
        if !rules(membership.company_id) {
            let company = store::companies::by_id(&mut work.tx, membership.company_id).await?;
            elsewhere.extend(company.map(|company| company.code));
        }
    }
    if elsewhere.is_empty() {
        return Ok(());
    }
    Err(UserRefusal::WorksElsewhere { name: member.name.clone(), companies: elsewhere.join(", ") }.into())
}

fn tell(
    work: &mut Work,
    action: &'static str,
    member: &Member,
    summary: String,
    change: (Option<Value>, Option<Value>),
) {
    let (before, after) = change;
    let subject_id = member.id.0;
    work.record(Event { action, subject_kind: "user", subject_id, summary, before, after, ..Event::default() });
}
