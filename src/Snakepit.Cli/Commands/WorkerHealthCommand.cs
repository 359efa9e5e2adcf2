using System.CommandLine;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Advice;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Checks all workers now: by what the host knows, and by how the system runs their processes at this moment.</summary>
internal sealed class WorkerHealthCommand : HostCommand
{
    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: all pools.");

    public WorkerHealthCommand(Shell shell)
        : base("worker-health", "Checks all workers now. The exit code is 1 when one is unhealthy, or a pool lacks workers.", shell) =>
        Arguments.Add(_pool);

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? name = parsed.GetValue(_pool);
        string query = name is null ? "" : $"?pool={Uri.EscapeDataString(name)}";
        WorkerList workers = await host.GetAsync($"workers{query}", CliJson.Default.WorkerList, cancellationToken);
        PoolList pools = await host.GetAsync("pools", CliJson.Default.PoolList, cancellationToken);
        HealthDocument health = HealthDocument.Of(
            [.. pools.Pools.Where(pool => name is null || pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase))],
            [.. workers.Workers.Select(static worker => WorkerVerdict.Of(worker, ProcessState.Of(worker.Pid)))]);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(health, CliJson.Document.HealthDocument);
        }
        else
        {
            Write(health);
        }
        return health.IsHealthy ? ExitCode.Done : ExitCode.NotWell;
    }

    private void Write(HealthDocument health)
    {
        var table = new TableView("worker", "#pid", "health");
        foreach (WorkerVerdict worker in health.Workers)
        {
            table.Add(worker.Worker, new Cell($"{worker.Pid}"), Cell.State(worker.Health));
        }
        Shell.Terminal.Write(table);
        foreach (WorkerVerdict worker in health.Workers)
        {
            foreach (string problem in worker.Problems)
            {
                Shell.Terminal.Say($"{worker.Worker}: {problem}", Cell.State(worker.Health).Style);
            }
        }
        foreach (string problem in health.Pools)
        {
            Shell.Terminal.Say(problem);
        }
        int well = health.Workers.Count(static worker => worker.Health == WorkerVerdict.Healthy);
        Shell.Terminal.Say($"{well} of {Shown.Count(health.Workers.Count, "worker")} {(well == 1 ? "is" : "are")} healthy.");
    }
}
