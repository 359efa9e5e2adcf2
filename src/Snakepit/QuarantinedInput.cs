namespace Snakepit;

/// <summary>Describes an input, a tool with its arguments, that is rejected because it has killed workers.</summary>
public sealed record QuarantinedInput
{
    /// <summary>Gets the name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>Gets a hash of the tool and its arguments. The key is random for each process, so the same input has another hash in
    /// another process.</summary>
    public required ulong Hash { get; init; }

    /// <summary>Gets the number of workers that died while they ran the input, since it was last answered.</summary>
    public required int Deaths { get; init; }

    /// <summary>Gets the time of the first of these deaths.</summary>
    public required DateTimeOffset FirstDeathAt { get; init; }

    /// <summary>Gets the time until which calls with the input are rejected.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Gets the last of these deaths; null when it is no longer known.</summary>
    public DeathReport? LastDeath { get; init; }

    /// <summary>Returns the tool, the hash, and what is known of the deaths.</summary>
    public override string ToString() =>
        $"'{Tool}' with input {Hash:x16} has killed {Deaths} workers since {FirstDeathAt:u} and is rejected until {Until:u}"
        + (LastDeath is null ? "" : $"; the last of them: {LastDeath.Description}");
}
