// Package learning learns how probable it is that a visitor accepts an offer, and
// chooses so that it goes on learning: Thompson sampling (Thompson 1933, "On the
// likelihood that one unknown probability exceeds another"; Chapelle and Li 2011,
// "An empirical evaluation of Thompson sampling").
//
// A Layout is a learning model with the types of its attributes: it makes a
// Context of a profile. Statistics are sums over presentations, so that those of
// several servers are merged by adding them. A Snapshot is made of statistics and
// never changes. A Draw scores the offers of one decision by a Snapshot, and says
// afterwards with which propensity each was chosen.
//
// # Cells: beta-bernoulli
//
// The values of the attributes, bucketed, are hashed to one of Cells cells (the
// hashing trick: Weinberger et al. 2009). Buckets of numbers are half octaves: 0 is
// one, and from there the edges are ±2^(k/2): 16, 22.6, 32, 45.3, 64. A time counts
// as the days between it and the decision. What is not known is a bucket too.
//
// An offer that was accepted a times in n presentations has the rate
// r = (a+1)/(n+2), which is the mean of Beta(a+1, n-a+1). In a cell with c
// acceptances in m presentations the probability is distributed as
// Beta(k·r + c, k·(1-r) + m - c): it shrinks to the offer's own rate with the
// weight k = min(n+2, 20) (empirical Bayes). An unknown offer is Beta(1, 1).
//
// # Linear
//
// The reward, 1 for an acceptance, is linear in at most 64 bounded features, each
// offer with weights of its own (Agrawal and Goyal 2013, "Thompson sampling for
// contextual bandits with linear payoffs"). With A = I + Σ x·xᵀ and
// b = r·e₀ + Σ reward·x the weights are distributed as N(A⁻¹b, v²·A⁻¹), so that the
// expected reward of x is N(xᵀA⁻¹b, v²·xᵀA⁻¹x); e₀ is the constant feature, r the
// offer's own rate and v² = r(1-r) the variance of a reward. A text sets two
// features of its attribute, found by hashing, so that texts which share one
// differ in the other (Bloom embeddings: Serrà and Karatzoglou 2017); a number
// sets the one of its half octave and a scaled one.
//
// # Time, exploration, minimum
//
// With a half-life the weight of a presentation halves with its age. An acceptance
// has the age of its presentation, so a rate never exceeds 1. Sums are kept as of an
// instant; to merge them, both are aged to the later one (forward decay: Cormode
// et al. 2009).
//
// A share of the decisions, the exploration, is made at random among the
// candidates. Until each offer has its minimum of presentations all others go by
// the marketer's scores.
//
// # Propensity
//
// The propensity of an offer is the probability that it is among those chosen, with
// the candidates, the statistics and the number of offers wanted as they are:
// p = (1-e)·q + e·n/c for the exploration e, n of c candidates. The probability q
// that sampling chooses it has no closed form; it is the share of Draws samples,
// the one that was decided by among them, in which the offer is among the best n.
// Given the samples, the decision is one of them at random, so that weights 1/p
// have the expectation that they should wherever e > 0. Without exploration an
// offer of true probability q has the weight (1-(1-q)^Draws)/q on average, where
// 1/q is right: 4 % too little at q = 0.05, under 0.2 % from 0.1. The standard
// error of q is sqrt(q(1-q)/Draws). Offers that are three standard deviations below
// the best are not sampled again; with more than 16 left there are fewer samples,
// at least 4. Where
// rules keep their scores in the same zone, the propensity is that among the
// offers that learn.
//
// # Offline
//
// What another policy would have earned is estimated of presentations with their
// propensities: InversePropensity (Horvitz and Thompson 1952), SelfNormalized
// (Swaminathan and Joachims 2015) and DoublyRobust (Dudík, Langford and Li 2011).
// Presentations to one visitor hang together: standard errors are those of sums by
// visitor (Liang and Zeger 1986).
//
// A policy chooses one of the candidates. What the first place of a list needs for
// that is a Choice: the probability of having come first, which Draw.First finds of
// the same samples as the propensity, and what chance could choose from. It is kept
// where all candidates learn; else something else than chance has a part in it.
//
// The package is pure: the clock and the seed are passed in; the same seed gives
// the same scores, in whatever order they are asked for.
package learning
