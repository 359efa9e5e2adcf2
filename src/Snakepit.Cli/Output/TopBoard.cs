using System.Globalization;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snakepit.Cli.Output;

/// <summary>What <c>top</c> shows: the pools, as many workers as fit, and the last events.</summary>
internal sealed class TopBoard(HostClient host)
{
    private const int MostEvents = 5;
    private const int OtherLines = 6; // the title, headers, and gaps

    private readonly Queue<EventInfo> _events = new();

    /// <summary>The last state that the host has told.</summary>
    public StateInfo? State { get; set; }

    /// <summary>Whether the host should have told a newer state by now.</summary>
    public bool IsSilent { get; set; }

    public void Add(EventInfo happened)
    {
        _events.Enqueue(happened);
        if (_events.Count > MostEvents)
        {
            _events.Dequeue();
        }
    }

    /// <summary>Returns what to show in that many columns and lines.</summary>
    public IRenderable Render(int width, int height)
    {
        if (State is not { } state)
        {
            return Terminal.TextOf($"{host.Name}\n");
        }
        WorkerInfo[] workers =
        [
            .. state.Pools.SelectMany(static pool => pool.Workers ?? [])
                .OrderByDescending(static worker => worker.Unresponsive is not null)
                .ThenByDescending(static worker => worker.Running)
                .ThenByDescending(static worker => worker.Memory?.CurrentBytes ?? 0),
        ];
        string[] events = [.. _events.Select(Line)];
        int room = height == int.MaxValue ? workers.Length : Math.Max(1, height - OtherLines - state.Pools.Count - events.Length);
        int hidden = Math.Max(0, workers.Length - room);
        string time = state.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var rows = new List<IRenderable>
        {
            Terminal.TextOf($"{host.Name} at {time}{(IsSilent ? ", and silent since then: it may be stopped, or very busy" : "")}\n"),
            TableView.FirstThatFits(width, PoolViews.Summary(state.Pools), PoolViews.Short(state.Pools)),
            new Text("\n"),
            TableView.FirstThatFits(width, WorkerViews.Table(workers.Take(room)), WorkerViews.Short(workers.Take(room))),
        };
        if (hidden > 0)
        {
            rows.Add(new Text($"and {hidden} more {(hidden == 1 ? "worker" : "workers")}\n"));
        }
        rows.AddRange(events.Select(line => Terminal.TextOf(Shown.Text(line, width) + "\n")));
        return new Rows(rows);
    }

    private static string Line(EventInfo happened)
    {
        string time = happened.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{time} {happened.Text}";
    }
}
