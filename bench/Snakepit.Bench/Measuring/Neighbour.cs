namespace Snakepit.Bench.Measuring;

/// <summary>
/// Another host on the same machine that replaces its one idle worker on demand: the same interpreter boots, imports and ends as in the
/// measured pool, and nothing else in common with it.
/// </summary>
internal sealed class Neighbour : IDisposable
{
    public const string Command = "neighbour";
    private const int WarmUps = 10;

    private readonly ReadyProcess _process;

    private Neighbour(ReadyProcess process) => _process = process;

    public static async Task<Neighbour> StartAsync(string python)
    {
        var neighbour = new Neighbour(await ReadyProcess.StartAsync(Command, "--python", python));
        for (int i = 0; i < WarmUps; i++)
        {
            await neighbour.ReplaceAsync();
        }
        return neighbour;
    }

    public async Task ReplaceAsync()
    {
        await _process.RequestAsync();
        await _process.AwaitReadyAsync();
    }

    public void Dispose() => _process.Dispose();

    /// <summary>Runs the neighbour: one replacement per line of input.</summary>
    public static async Task ServeAsync(string python)
    {
        await using BenchPool pool = await BenchPool.StartAsync(python, 1, CancellationToken.None);
        do
        {
            ReadyProcess.SayReady();
            if (Console.ReadLine() is null)
            {
                return;
            }
        }
        while ((await pool.Workers.RecycleAsync()).AllReplaced);
    }
}
