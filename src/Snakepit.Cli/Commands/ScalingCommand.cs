using System.CommandLine;
using Snakepit.Cli.Local;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Measures on a scratch pool how many workers this machine starts, holds and keeps busy.</summary>
internal sealed class ScalingCommand : CliCommand
{
    private const int LeastWorkers = 2;
    private const int MostWorkers = 1_000;

    private readonly AdHocPool _pool = new();
    private readonly Option<int> _workers = new("--workers")
    {
        Description = "How many workers to start, from 2 to 1000. Default: four for each processor, at most 16.",
        CustomParser = NumberOption.Parser("--workers", LeastWorkers, MostWorkers),
        DefaultValueFactory = static _ => Math.Clamp(4 * Environment.ProcessorCount, LeastWorkers, 16),
    };

    private readonly Option<TimeSpan?> _step =
        DurationOption.Create(
            "--step", "How long each number of calls at once is measured. Default: 1s.", most: TimeSpan.FromMinutes(1));

    public ScalingCommand(Shell shell)
        : base("scaling", "Measures on a scratch pool how many workers this machine starts, holds and keeps busy.", shell)
    {
        Options.Add(_workers);
        Options.Add(_step);
        _pool.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (_pool.Sets(parsed, "Size", "Adapter") is { } own)
        {
            throw new CliException(ExitCode.WrongCommandLine, $"The trial chooses {own} itself. Other settings of a pool may be set.");
        }
        _pool.Apply(parsed, new PoolOptions(), Shell.Folder); // says what is wrong before anything starts
        ScalingReport report = await new ScalingTrial(
            pool => _pool.Apply(parsed, pool, Shell.Folder),
            parsed.GetValue(_workers),
            parsed.GetValue(_step) ?? TimeSpan.FromSeconds(1),
            Shell.Terminal.Note).RunAsync(cancellationToken);
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(report, CliJson.Document.ScalingReport);
        }
        else
        {
            Write(report);
        }
        return ExitCode.Done;
    }

    private void Write(ScalingReport report)
    {
        Terminal terminal = Shell.Terminal;
        terminal.Say($"{report.Processors} processors, {report.Python}");
        terminal.Say(
            $"Starts: the first worker was ready after {Show.Duration(report.FirstStartSeconds)}, "
            + $"then {Show.Rate(report.StartsPerSecond)} a second.");
        terminal.Say(
            $"A worker takes {Show.Size(report.MemoryPerWorkerBytes)}, {Show.Rate(report.DescriptorsPerWorker)} descriptors of the "
            + $"host and {Show.Rate(report.TasksPerWorker)} processes and threads.\n");
        var computing = new TableView("#calls at once", "#calls/s");
        foreach (Throughput measured in report.Computing)
        {
            computing.Add(measured.Calls, Show.Rate(measured.CallsPerSecond));
        }
        terminal.Write(computing);
        var limits = new TableView("limit", "#workers", "because");
        foreach (WorkerLimit limit in report.Limits)
        {
            limits.Add(limit.Name, limit.Workers is { } most ? Show.Number(most) : "no limit", limit.Because);
        }
        terminal.WriteLine("");
        terminal.Write(limits);
        terminal.Say(
            $"\nBottleneck. {report.Bottleneck}\n"
            + $"Size = {report.ComputingSize} fits tools that compute; for tools that wait, "
            + $"up to {Show.Number(report.WaitingSize)} workers are safe, "
            + "less what your libraries take. Profile = Thread runs many waiting calls in one worker.");
    }
}
