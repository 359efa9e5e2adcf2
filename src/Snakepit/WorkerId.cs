using System.Globalization;

namespace Snakepit;

/// <summary>Names one generation of a slot: one process. Printed as <c>ml/3#17</c>; never parsed.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Slot">The slot's number, from 0.</param>
/// <param name="Generation">How many workers the slot has had, from 1.</param>
public readonly record struct WorkerId(string Pool, int Slot, int Generation)
{
    /// <summary>The pool, slot and generation, such as <c>ml/3#17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pool}/{Slot}#{Generation}");
}
