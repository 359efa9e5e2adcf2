using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Hosts;

/// <summary>A host in the list of hosts. Only its process id is known of a host that does not answer.</summary>
internal sealed record HostLine
{
    public required int Pid { get; init; }

    /// <summary>What the option --host takes, apart from the process id and the name.</summary>
    public string? Id { get; init; }

    public string? Name { get; init; }

    /// <summary>The version of Snakepit.</summary>
    public string? Version { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public IReadOnlyList<string>? Pools { get; init; }

    /// <summary>The number of workers that the pools are to have.</summary>
    public int? Size { get; init; }

    public int? Ready { get; init; }

    /// <summary>The calls that run.</summary>
    public int? Running { get; init; }

    /// <summary>The calls that wait.</summary>
    public int? Queued { get; init; }

    /// <summary>Why the host tells nothing of itself; null when it does.</summary>
    public string? Problem { get; init; }

    public static HostLine Of(FoundHost host, HostInfo info, PoolList list) => new()
    {
        Pid = host.Pid,
        Id = host.Id,
        Name = info.Name,
        Version = info.Version,
        StartedAt = info.StartedAt,
        Pools = [.. list.Pools.Select(static pool => pool.Name)],
        Size = list.Pools.Sum(static pool => pool.Size),
        Ready = list.Pools.Sum(static pool => pool.Ready),
        Running = list.Pools.Sum(static pool => pool.Running),
        Queued = list.Pools.Sum(static pool => pool.QueueLength),
    };
}

/// <summary>The hosts of this user.</summary>
internal sealed record HostLineList
{
    public required IReadOnlyList<HostLine> Hosts { get; init; }
}
