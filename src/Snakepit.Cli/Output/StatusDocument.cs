using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Output;

/// <summary>A host with its pools.</summary>
internal sealed record StatusDocument
{
    public required HostInfo Host { get; init; }

    public required IReadOnlyList<PoolInfo> Pools { get; init; }
}
