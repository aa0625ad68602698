// SPDX-License-Identifier: Apache-2.0
// How different two colours look: CIEDE2000 (Sharma, Wu, Dalal 2005), between colours such as #c8001a.

const kDegree = Math.PI / 180;

/// How those see who do not tell red from green (Machado, Oliveira, Fernandes 2009, severity 1), in linear sRGB.
export const kSights = {
  common: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  deuteranopia: [[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.01182, .04294, .968881]],
  protanopia: [[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]],
};

function labOf(hex, sight) {
  const light = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
  const [r, g, b] = sight.map((row) => Math.min(1, Math.max(0, row.reduce((sum, factor, at) => sum + factor * light[at], 0))));
  const xyz = [
    (.4124564 * r + .3575761 * g + .1804375 * b) / .95047,
    .2126729 * r + .7151522 * g + .072175 * b,
    (.0193339 * r + .119192 * g + .9503041 * b) / 1.08883,
  ];
  const [x, y, z] = xyz.map((part) => part > 216 / 24389 ? Math.cbrt(part) : (24389 / 27 * part + 16) / 116);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export function labDifference([l1, a1, b1], [l2, a2, b2]) {
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const stretch = 1 + .5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)));
  const [c1, c2] = [Math.hypot(stretch * a1, b1), Math.hypot(stretch * a2, b2)];
  const hue = (a, b) => (Math.atan2(b, stretch * a) / kDegree + 360) % 360;
  const [h1, h2] = [hue(a1, b1), hue(a2, b2)], isGrey = c1 * c2 === 0;
  let turn = isGrey ? 0 : h2 - h1;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  let h = h1 + h2;
  if (!isGrey) h = Math.abs(h1 - h2) <= 180 ? h / 2 : (h < 360 ? h + 360 : h - 360) / 2;
  const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin(turn / 2 * kDegree)];
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t = 1 - .17 * Math.cos((h - 30) * kDegree) + .24 * Math.cos(2 * h * kDegree) + .32 * Math.cos((3 * h + 6) * kDegree) -
    .2 * Math.cos((4 * h - 63) * kDegree);
  const sl = 1 + .015 * (l - 50) ** 2 / Math.sqrt(20 + (l - 50) ** 2), sc = 1 + .045 * c, sh = 1 + .015 * c * t;
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(60 * kDegree * Math.exp(-(((h - 275) / 25) ** 2)));
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh));
}

export const difference = (one, other, sight = kSights.common) => labDifference(labOf(one, sight), labOf(other, sight));
