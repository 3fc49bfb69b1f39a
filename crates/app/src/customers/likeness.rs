//! Is the customer there already? Candidates for being the same one, each with the reason.

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::{
    customers::{CustomerFacts, Face, Likeness, MOST_LETTERS_APART, almost_same, digits},
    users::Permission,
};
use kernel::CustomerId;
use std::collections::{BTreeSet, HashMap};
use store::customers::likeness::{self, FaceRow, NameKey, NamesLike};

/// A customer that could be the one that is being added.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Candidate {
    pub id: CustomerId,
    pub number: String,
    pub name: String,
    pub archived: bool,
    pub likeness: Likeness,
    pub reason: &'static str,
}

/// How many customers are compared with one that is being added, and with each of many.
const MOST_COMPARED: i64 = 2_000;
const MOST_COMPARED_WITH_MANY: i64 = 20_000;
const MOST_SHOWN: usize = 10;

/// Who looks like these facts, before anything is saved.
pub async fn candidates(app: &App, caller: &Caller, facts: CustomerFacts) -> Result<Vec<Candidate>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let checked = facts.check(super::creating::defaults(&work.company));
    let checked = checked.map_err(|wrong| Error::Invalid(super::field_errors("", wrong)))?;
    let mut found = like(&mut work, &[checked.face()]).await?;
    Ok(found.pop().unwrap_or_default())
}

/// For each face the customers that look like it, the strongest sign first.
pub(super) async fn like(work: &mut Work, faces: &[Face]) -> Result<Vec<Vec<Candidate>>> {
    let company = work.company_id();
    let some = |value: fn(&Face) -> Option<&String>| {
        faces.iter().filter_map(value).filter(|text| !text.is_empty()).cloned().collect::<BTreeSet<_>>()
    };
    let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>();
    let mut rows = Vec::new();
    let tax_ids = list(some(|face| face.tax_id.as_ref()));
    if !tax_ids.is_empty() {
        rows.extend(likeness::with_tax_ids(&mut work.tx, company, &tax_ids).await?);
    }
    let names = list(some(|face| Some(&face.name_key)));
    if !names.is_empty() {
        rows.extend(likeness::with_names(&mut work.tx, company, &names).await?);
    }
    let places = list(some(|face| face.place_key.as_ref()));
    if !places.is_empty() {
        rows.extend(likeness::with_places(&mut work.tx, company, &places).await?);
    }
    let alike = alike_names(work, faces).await?;
    let ids: Vec<CustomerId> = alike.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if !ids.is_empty() {
        rows.extend(likeness::with_ids(&mut work.tx, company, &ids).await?);
    }
    let known = Known::new(rows);
    Ok(faces.iter().zip(alike).map(|(face, alike)| known.like(face, &alike)).collect())
}

/// For each face the customers whose names are almost the same. One face is compared with all that begin like one of its
/// words; many with those that begin like the whole name and have its digits, so that a thousand names do not meet
/// thousands each.
async fn alike_names(work: &mut Work, faces: &[Face]) -> Result<Vec<Vec<CustomerId>>> {
    let company = work.company_id();
    let lengths = faces.iter().filter_map(|face| i64::try_from(face.name_key.chars().count()).ok());
    let (shortest, longest) =
        lengths.fold((i64::MAX, 0), |(least, most), length| (least.min(length), most.max(length)));
    let mut wanted = NamesLike {
        prefixes: faces.first().map(Face::name_prefixes).unwrap_or_default(),
        shortest: shortest.saturating_sub(MOST_LETTERS_APART),
        longest: longest + MOST_LETTERS_APART,
        limit: MOST_COMPARED,
    };
    if let [face] = faces {
        let names = likeness::names_like(&mut work.tx, company, &wanted).await?;
        let alike = names.into_iter().filter(|name| almost_same(&face.name_key, &name.name_key));
        return Ok(vec![alike.map(|name| name.id).collect()]);
    }
    let key = |name_key: &str, long_prefix: String| (long_prefix, digits(name_key));
    let prefixes: BTreeSet<String> = faces.iter().map(Face::long_prefix).filter(|prefix| !prefix.is_empty()).collect();
    wanted.prefixes = prefixes.into_iter().collect();
    wanted.limit = MOST_COMPARED_WITH_MANY;
    let mut by_key: HashMap<(String, String), Vec<NameKey>> = HashMap::new();
    for name in likeness::names_like(&mut work.tx, company, &wanted).await? {
        let face = Face { name_key: name.name_key.clone(), ..Face::default() };
        by_key.entry(key(&name.name_key, face.long_prefix())).or_default().push(name);
    }
    let alike = |face: &Face| {
        let names = by_key.get(&key(&face.name_key, face.long_prefix())).into_iter().flatten();
        names.filter(|name| almost_same(&face.name_key, &name.name_key)).map(|name| name.id).collect()
    };
    Ok(faces.iter().map(alike).collect())
}

/// Customers to compare with, found again by what a face could share with them, so that a thousand faces are not
/// compared with every one of them.
struct Known {
    rows: Vec<(FaceRow, Face)>,
    by_tax_id: HashMap<String, Vec<usize>>,
    by_place: HashMap<String, Vec<usize>>,
    by_id: HashMap<CustomerId, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Known {
    fn new(mut rows: Vec<FaceRow>) -> Self {
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        let rows: Vec<(FaceRow, Face)> = rows.into_iter().map(|row| (row.clone(), row.face())).collect();
        let index = |key: fn(&Face) -> Option<String>| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, (_, face)) in rows.iter().enumerate() {
                if let Some(key) = key(face) {
                    index.entry(key).or_default().push(at);
                }
            }
            index
        };
        Self {
            by_tax_id: index(|face| face.tax_id.clone()),
            by_place: index(|face| face.place_key.clone()),
            by_id: rows.iter().enumerate().map(|(at, (row, _))| (row.id, at)).collect(),
            by_name: index(|face| Some(face.name_key.clone())),
            rows,
        }
    }

    fn like(&self, face: &Face, alike: &[CustomerId]) -> Vec<Candidate> {
        let mut places: BTreeSet<usize> = alike.iter().filter_map(|id| self.by_id.get(id).copied()).collect();
        let mut add = |index: &HashMap<String, Vec<usize>>, key: &str| {
            places.extend(index.get(key).into_iter().flatten());
        };
        face.tax_id.iter().for_each(|key| add(&self.by_tax_id, key));
        face.place_key.iter().for_each(|key| add(&self.by_place, key));
        add(&self.by_name, &face.name_key);
        let candidate = |at: usize| {
            let (row, known) = self.rows.get(at)?;
            let likeness = face.likeness(known)?;
            Some(Candidate {
                id: row.id,
                number: row.number.clone(),
                name: row.name.clone(),
                archived: row.archived_at.is_some(),
                likeness,
                reason: likeness.sentence(),
            })
        };
        let mut found: Vec<Candidate> = places.into_iter().filter_map(candidate).collect();
        found.sort_by(|one, other| (one.likeness, &one.number).cmp(&(other.likeness, &other.number)));
        found.truncate(MOST_SHOWN);
        found
    }
}

/// The earlier row of the same call that a row looks like, by its strong signs.
pub(super) fn like_an_earlier_row(faces: &[Face]) -> Vec<Option<(usize, Likeness)>> {
    let mut first: HashMap<(Likeness, &str), usize> = HashMap::new();
    let mut found = Vec::with_capacity(faces.len());
    for (at, face) in faces.iter().enumerate() {
        let signs = [
            (Likeness::TaxId, face.tax_id.as_deref()),
            (Likeness::Name, Some(face.name_key.as_str()).filter(|key| !key.is_empty())),
            (Likeness::Place, face.place_key.as_deref()),
        ];
        let earlier =
            signs.iter().filter_map(|(sign, key)| first.get(&(*sign, (*key)?)).copied()).collect::<BTreeSet<_>>();
        found.push(earlier.into_iter().find_map(|other| Some((other, face.likeness(&faces[other])?))));
        for (sign, key) in signs {
            if let Some(key) = key {
                first.entry((sign, key)).or_insert(at);
            }
        }
    }
    found
}

/// The sentence that refuses a row of many.
pub(crate) fn sentence(candidates: &[Candidate]) -> String {
    let each = |found: &Candidate| format!("{} {}: {}", found.number, found.name, found.reason);
    format!("this customer may be there already. {}", candidates.iter().map(each).collect::<Vec<_>>().join(" "))
}
