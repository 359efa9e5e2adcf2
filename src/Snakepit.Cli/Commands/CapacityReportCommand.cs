using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Advice;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Watches the load of the pools for a while, and tells what is used, what is left, and when nothing will be.</summary>
internal sealed class CapacityReportCommand : HostCommand
{
    private static readonly TimeSpan s_standard = TimeSpan.FromSeconds(10);

    private readonly Argument<string?> _pool = PoolArgument("The pool. Default: all pools.");
    private readonly Option<TimeSpan?> _for = DurationOption.Create(
        "--for", "How long to watch. Default: 10s.", TimeSpan.FromMilliseconds(300));

    public CapacityReportCommand(Shell shell)
        : base("capacity-report", "Watches the load, and tells utilization, headroom and predicted saturation.", shell)
    {
        Arguments.Add(_pool);
        Options.Add(_for);
    }

    protected override async Task<ExitCode> RunAsync(HostClient host, ParseResult parsed, CancellationToken cancellationToken)
    {
        string pool = parsed.GetValue(_pool) is { } name ? $"&pool={Uri.EscapeDataString(name)}" : "";
        var series = new SortedDictionary<string, CapacitySeries>(StringComparer.OrdinalIgnoreCase);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        until.CancelAfter(parsed.GetValue(_for) ?? s_standard);
        try
        {
            await foreach (SseItem<string> item in host.ReadEventsAsync($"events?state=0.2{pool}", until.Token))
            {
                if (item.EventType == "state")
                {
                    Add(series, JsonSerializer.Deserialize(item.Data, CliJson.Default.StateInfo)!);
                }
            }
            throw host.Ended();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The watch is over.
        }
        var document = new CapacityDocument { Pools = [.. series.Values.Select(static one => one.Report()).OfType<CapacityInfo>()] };
        if (WritesJson(parsed))
        {
            Shell.Terminal.WriteJson(document, CliJson.Document.CapacityDocument);
        }
        else
        {
            Write(document);
        }
        return ExitCode.Done;
    }

    private static void Add(SortedDictionary<string, CapacitySeries> series, StateInfo state)
    {
        foreach (PoolInfo pool in state.Pools)
        {
            if (!series.TryGetValue(pool.Name, out CapacitySeries? one))
            {
                series.Add(pool.Name, one = new CapacitySeries(pool.Name));
            }
            one.Add(state.At, pool);
        }
    }

    private void Write(CapacityDocument document)
    {
        var table = new TableView("pool", "#places", "#mean use", "#peak", "#waiting", "#calls/s", "verdict");
        foreach (CapacityInfo pool in document.Pools)
        {
            table.Add(
                pool.Pool, pool.Capacity, Show.Percent(pool.MeanUtilization), Show.Percent(pool.PeakUtilization), Show.Rate(pool.MeanQueue),
                Show.Rate(pool.CallsPerSecond), Verdict(pool.Verdict));
        }
        Shell.Terminal.Write(table);
        foreach (CapacityInfo pool in document.Pools)
        {
            Shell.Terminal.Say($"{pool.Pool}: {Sentence(pool)}");
        }
    }

    private static Cell Verdict(string verdict) => verdict switch
    {
        "saturated" => Cell.Bad(verdict), "busy" => Cell.Doubtful(verdict), "fits" => Cell.Good(verdict), _ => verdict,
    };

    private static string Sentence(CapacityInfo pool)
    {
        if (pool is { CallsPerSecond: 0, MeanUtilization: 0 })
        {
            return "no call was seen.";
        }
        string headroom = pool.MoreCallsPerSecond is { } more
            ? $"{Show.Rate(more)} more calls/s fit"
            : "how many more calls fit is not known";
        string saturation = pool.SaturatedInSeconds switch
        {
            null => "saturation is not in sight",
            0 => "the pool is saturated now",
            { } seconds => $"at this rate of growth, the pool is saturated in {Show.Age(seconds)}",
        };
        return $"{headroom}; {saturation}. Size = {pool.FittingSize} would do for this load, which would use "
            + $"{Show.Percent(pool.FittingUtilization)} of it.";
    }
}
