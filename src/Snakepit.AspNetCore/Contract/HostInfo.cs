namespace Snakepit.AspNetCore.Contract;

/// <summary>Who a host is.</summary>
internal sealed record HostInfo
{
    /// <summary>The version of the contract. It grows when a member changes its meaning or goes; new members do not count.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>The application's name.</summary>
    public required string Name { get; init; }

    public required int Pid { get; init; }

    /// <summary>The version of Snakepit.</summary>
    public required string Version { get; init; }

    /// <summary>The version of .NET, as .NET describes itself.</summary>
    public required string Runtime { get; init; }

    /// <summary>The name of the machine.</summary>
    public required string Machine { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The names of the pools.</summary>
    public required IReadOnlyList<string> Pools { get; init; }
}
