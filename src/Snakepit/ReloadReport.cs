namespace Snakepit;

/// <summary>Reports what a reload has changed.</summary>
public sealed record ReloadReport
{
    /// <summary>Gets the settings that differ from those before, also those that pools in <see cref="Kept"/> have not taken.</summary>
    public required IReadOnlyList<OptionChange> Changes { get; init; }

    /// <summary>Gets the names of the pools that are new.</summary>
    public required IReadOnlyList<string> Added { get; init; }

    /// <summary>Gets the names of the pools that have stopped.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>Gets the pools of which no worker could start with the new settings, with the reason. Such a pool keeps all its former
    /// settings and workers; if none of its workers serves, it keeps trying the new ones.</summary>
    public required IReadOnlyDictionary<string, SnakepitException> Kept { get; init; }

    /// <summary>Returns the changes, and the names of the pools that are new, have stopped or keep their settings.</summary>
    public override string ToString()
    {
        string changes = string.Join(", ", Changes.Select(static x => $"{x.Pool}: {x.Option} {x.OldValue} -> {x.NewValue}"));
        string kept = string.Join(", ", Kept.Select(static pool => pool.Key));
        return $"ReloadReport {{ Changes = {changes}; Added = {string.Join(", ", Added)}; Removed = {string.Join(", ", Removed)}; "
            + $"Kept = {kept} }}";
    }
}
