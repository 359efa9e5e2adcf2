namespace Snakepit.Tests.Guides;

/// <summary>The code of docs/streaming.md.</summary>
internal static class StreamingSnippets
{
    public static async Task ShowProgressAsync(IWorkerPool pool, Action<Progress> show, CancellationToken ct)
    {
        // snippet: progress
        await foreach (Progress step in pool.StreamAsync<Progress>("train", ToolArguments.Named(("epochs", 50)), cancellationToken: ct))
        {
            show(step);
            if (step.Loss < 0.01)
            {
                break; // the generator ends where it has yielded
            }
        }
        // end snippet
    }

    public static async Task ScoreAsync(IWorkerPool pool, IAsyncEnumerable<double[]> samples, Action<double> show, CancellationToken ct)
    {
        // snippet: score
        await foreach (double score in pool.StreamAsync<double>("score", ToolArguments.Positional(samples), cancellationToken: ct))
        {
            show(score);
        }
        // end snippet
    }

    internal sealed record Progress(int Epoch, double Loss);
}
