using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Shows how the pools are, or one pool with its workers, tools, deaths and settings.</summary>
internal sealed class StatusCommand : HostCommand
{
    private readonly Argument<string?> _pool = PoolArgument("The pool to show in full. Default: all pools, a line each.");

    public StatusCommand(Shell shell)
        : base("status", "Shows how the pools of a host are.", shell) => Arguments.Add(_pool);

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_pool) is { } name)
        {
            PoolInfo pool = await host.GetAsync(Target.PathOf(name), CliJson.Default.PoolInfo, cancellationToken);
            Write(parsed, pool);
            return ExitCode.Done;
        }
        PoolList list = await host.GetAsync("pools", CliJson.Default.PoolList, cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(new StatusDocument { Host = host.Info, Pools = list.Pools }, CliJson.Document.StatusDocument);
            return ExitCode.Done;
        }
        double age = (Shell.Time.GetUtcNow() - host.Info.StartedAt).TotalSeconds;
        Shell.Terminal.Say($"{host.Name}: Snakepit {host.Info.Version.Split('+')[0]} on {host.Info.Runtime}, up {Show.Age(age)}");
        Shell.Terminal.Write(PoolViews.Summary(list.Pools));
        foreach (string trouble in list.Pools.SelectMany(PoolViews.Troubles))
        {
            Shell.Terminal.Say(trouble);
        }
        return ExitCode.Done;
    }

    private void Write(ParseResult parsed, PoolInfo pool)
    {
        Terminal terminal = Shell.Terminal;
        if (WritesJson(parsed))
        {
            terminal.WriteJson(pool, CliJson.Document.PoolInfo);
            return;
        }
        terminal.Write(PoolViews.Summary([pool]));
        foreach (string trouble in PoolViews.Troubles(pool))
        {
            terminal.Say(trouble);
        }
        terminal.Say($"\nPython: {pool.Python ?? "not known yet"}");
        terminal.Say($"Calls: {Show.Number(pool.Accepted)} accepted, {Show.Number(pool.Rejected)} rejected");
        terminal.Say($"Replaced: {PoolViews.Replaced(pool)}");
        Section("Workers", WorkerViews.Table(pool.Workers ?? []));
        Section("Tools", ToolViews.Counts(pool.Tools ?? []));
        if (pool.Deaths is { Count: > 0 } deaths)
        {
            terminal.Say("\nLast deaths");
            foreach (DeathInfo death in deaths)
            {
                terminal.Say(
                    $"{death.Worker}: {death.Description}, after {Show.Age(death.UptimeSeconds)} and {Shown.Count(death.Requests, "call")}"
                    + (death.Calls.Count == 0 ? "" : $", in {Shown.Names(death.Calls.Select(static call => call.Tool))}"));
            }
        }
    }

    private void Section(string title, TableView table)
    {
        if (table.Count > 0)
        {
            Shell.Terminal.Say($"\n{title}");
            Shell.Terminal.Write(table);
        }
    }
}
