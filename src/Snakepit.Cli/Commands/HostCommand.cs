using System.CommandLine;
using Snakepit.Cli.Hosts;

namespace Snakepit.Cli.Commands;

/// <summary>A command that attaches to a running host.</summary>
internal abstract class HostCommand : CliCommand
{
    private readonly Option<string?> _host = HostOption();

    protected HostCommand(string name, string description, Shell shell)
        : base(name, description, shell) => Options.Add(_host);

    /// <summary>Returns the option that chooses a host.</summary>
    public static Option<string?> HostOption() => new("--host")
    {
        Description = "The host: its process id or its name, as 'snakepit ps' lists them. Needed when several hosts run.",
        HelpName = "PID|NAME",
    };

    /// <summary>Returns the argument that names a pool.</summary>
    public static Argument<string?> PoolArgument(string description) => new("POOL")
    {
        Description = description, Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Returns the pool that the user has named, or the only one.</summary>
    /// <exception cref="CliException">The host has several pools, and none is named.</exception>
    protected static string PoolOf(HostClient host, string? pool) => pool ?? (host.Info.Pools is [var only]
        ? only
        : throw new CliException(ExitCode.NotFound, $"{host.Name} has several pools: {Shown.Names(host.Info.Pools)}. Name one of them."));

    protected abstract Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken);

    protected sealed override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using HostClient host = await Shell.Hosts.AttachAsync(parsed.GetValue(_host), cancellationToken);
        return await RunAsync(host, parsed, cancellationToken);
    }
}
