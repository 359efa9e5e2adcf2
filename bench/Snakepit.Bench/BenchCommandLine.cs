using System.CommandLine;
using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;
using Snakepit.Bench.Scenarios;
using Snakepit.Bench.Suite;
using Snakepit.Python;

namespace Snakepit.Bench;

/// <summary>The command line: one command per scenario, and hidden commands with which the bench starts itself.</summary>
internal static class BenchCommandLine
{
    public const int ExitInvalid = 2;

    /// <summary>The exit code when this machine lacks something that the scenario needs.</summary>
    public const int ExitUnavailable = 3;

    /// <summary>All scenarios in display order.</summary>
    public static IReadOnlyList<IScenario> Scenarios { get; } =
    [
        new FloorScenario(),
        new KernelScenario(),
        new LatencyScenario(),
        new ThroughputScenario(),
        new MetricsScenario(),
        new StreamScenario(),
        new HostToolScenario(),
        new CodecScenario(),
        new HolScenario(),
        new SessionScenario(),
        new ThreadsScenario(),
        new GrpcScenario(),
        new PythonsScenario(),
        new StartScenario(),
        new CliScenario(),
        new ScaleScenario(),
        new RecycleScenario(),
        new KillScenario(),
        new IdleScenario(),
        new RecycleStormScenario(),
        new MixedRecycleStormScenario(hasThreads: false),
        new MixedRecycleStormScenario(hasThreads: true),
        new CountOvershootScenario(),
        new ReplaceScenario(),
        new ReloadScenario(),
        new AutoscaleScenario(),
        new TtlLatenessScenario(),
        new MemoryScenario(),
        new LifecycleCostScenario(),
        new LeakFreeScenario(),
        new SoakMemoryScenario(),
        new BrokenAdapterScenario(),
        new OverloadScenario(),
        new KillStormScenario(StormKind.Plain),
        new KillStormScenario(StormKind.Mixed),
        new KillStormScenario(StormKind.Threads),
        new HostDeathScenario(),
        new HangScenario(),
        new CancelScenario(),
        new SoakScenario(),
        new SimulateScenario(),
        new FuzzScenario(),
    ];

    private static readonly Option<int?> s_seconds = new("--seconds")
    {
        Description = "How long to measure. Default: the scenario's.",
        Recursive = true,
    };

    private static readonly Option<int?> s_minutes = new("--minutes") { Description = "The same in minutes.", Recursive = true };

    private static readonly Option<int?> s_count = new("--count", "--schedules", "--rounds", "--inputs")
    {
        Description = "How many schedules, rounds or inputs, where those are counted. Default: the scenario's.",
        Recursive = true,
    };

    private static readonly Option<int?> s_repeat = new("--repeat")
    {
        Description = "Measure so often and take the median of every metric.",
        Recursive = true,
    };

    private static readonly Option<int> s_seed = new("--seed")
    {
        Description = "What chance begins with, where workers are killed at random.",
        Recursive = true,
        DefaultValueFactory = static _ => 1,
    };

    private static readonly Option<string?> s_python = new("--python")
    {
        Description = "The interpreter. Default: /usr/bin/python3, else what Snakepit finds.",
        Recursive = true,
    };

    private static readonly Option<bool> s_json = new("--json")
    {
        Description = "The result as one JSON object on the last line.",
        Recursive = true,
    };

    private static readonly Option<bool> s_save = new("--save") { Description = "Keep the result in bench/results.", Recursive = true };

    private static readonly Option<bool> s_quick = new("--quick")
    {
        Description = "A short run, to find out whether something has become worse.",
        Recursive = true,
    };

    public static Task<int> RunAsync(string[] args)
    {
        RootCommand root = new("Measures Snakepit.") { s_seconds, s_minutes, s_count, s_repeat, s_seed, s_python, s_json, s_save, s_quick };
        foreach (IScenario scenario in Scenarios)
        {
            Command command = new(scenario.Name, scenario.Description);
            command.SetAction((parsed, cancellation) => RunScenarioAsync(scenario, parsed, cancellation));
            root.Add(command);
        }
        root.Add(SuiteCommand.Create(Scenarios, s_quick, s_save, s_python));
        root.Add(ListBars());
        root.Add(TraceReplay.Create());
        root.Add(Hidden(StartSample.Command, StartSample.RunAsync));
        root.Add(Hidden(StartSample.ForkedCommand, StartSample.RunForkedAsync));
        root.Add(Hidden(IdleHost.Command, IdleHost.ServeAsync));
        root.Add(Hidden(IdleHost.ForkedCommand, IdleHost.ServeForkedAsync));
        root.Add(Hidden(LoadHost.Command, LoadHost.ServeAsync));
        root.Add(Hidden(Neighbour.Command, static (python, _) => Neighbour.ServeAsync(python)));
        root.Add(Hidden(DoomedHost.Command, DoomedHost.ServeAsync));
        root.Add(Hidden(BootReplay.Command, static (python, _) => BootReplay.ServeAsync(python)));
        return root.Parse(args).InvokeAsync();
    }

    private static async Task<int> RunScenarioAsync(IScenario scenario, ParseResult parsed, CancellationToken cancellation)
    {
        var progress = new Progress();
        try
        {
            PythonInterpreter python = await Interpreter.FindAsync(parsed.GetValue(s_python), cancellation);
            bool quick = parsed.GetValue(s_quick);
            int seconds = Positive(parsed, s_seconds)
                ?? (Positive(parsed, s_minutes) * 60)
                ?? (quick ? scenario.QuickSeconds : scenario.DefaultSeconds);
            var run = new BenchRun(python, seconds, progress)
            {
                Count = Positive(parsed, s_count) ?? (quick ? scenario.QuickCount : null), Seed = parsed.GetValue(s_seed), IsQuick = quick,
            };
            Machine machine = Machine.Describe(python);
            progress.Say(machine.ToString());
            int repeat = Positive(parsed, s_repeat) ?? (quick ? 1 : scenario.DefaultRepeat);
            BenchResult result = await BenchResult.MeasureAsync(scenario, run, repeat, cancellation);
            if (parsed.GetValue(s_save) && quick)
            {
                progress.Say("Not saved: a quick run is compared with several of its kind, which 'all --quick --save' keeps.");
            }
            else if (parsed.GetValue(s_save))
            {
                progress.Say($"Saved {ResultFile.Save(result, machine, parsed.Tokens.Select(static token => token.Value))}.");
            }
            Output.Write(result, parsed.GetValue(s_json));
            return 0;
        }
        catch (UnavailableException e)
        {
            progress.Say($"This machine cannot: {e.Message}");
            return ExitUnavailable;
        }
        catch (Exception e) when (e is InvalidRunException or SnakepitException)
        {
            progress.Say($"The run is invalid: {e.Message}");
            return ExitInvalid;
        }
    }

    private static int? Positive(ParseResult parsed, Option<int?> option) =>
        parsed.GetValue(option) is not { } value || value > 0
            ? parsed.GetValue(option)
            : throw new InvalidRunException($"{option.Name} is {value}; it must be above 0.");

    private static Command ListBars()
    {
        Command command = new("bars", "Writes all bars, with where they come from, to bench/bars.json.");
        command.SetAction(static _ => File.WriteAllText(BarList.File, BarList.Write(Scenarios)));
        return command;
    }

    private static Command Hidden(string name, Func<string, int, Task> run)
    {
        Argument<int> workers = new("workers") { DefaultValueFactory = static _ => 1 };
        Command command = new(name) { workers };
        command.Hidden = true;
        command.SetAction(async parsed => await run(parsed.GetValue(s_python)!, parsed.GetValue(workers)));
        return command;
    }
}
