using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Snakepit;

/// <summary>Identifies one worker process: the pool it belongs to, the slot it serves in, and its generation there. Printed as
/// <c>ml/3#17</c>.</summary>
public readonly record struct WorkerId
{
    [SetsRequiredMembers]
    internal WorkerId(string pool, int slot, int generation) => (Pool, Slot, Generation) = (pool, slot, generation);

    /// <summary>Gets the name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Gets the number of the slot within the pool, from 0.</summary>
    public required int Slot { get; init; }

    /// <summary>Gets the number of the worker among those that the slot has had, from 1.</summary>
    public required int Generation { get; init; }

    /// <summary>Returns pool, slot and generation, such as <c>ml/3#17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pool}/{Slot}#{Generation}");
}
