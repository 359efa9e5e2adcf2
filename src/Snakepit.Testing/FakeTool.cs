namespace Snakepit.Testing;

/// <summary>A function of fake workers. <paramref name="Begin"/> returns at once; the request may be answered later.</summary>
internal sealed record FakeTool(string Name, Action<ToolRequest> Begin)
{
    public static FakeTool Create<T>(string name, Func<ToolRequest, T> run) => new(name, request =>
    {
        try
        {
            request.Return(run(request));
        }
        catch (Exception error)
        {
            request.Throw(error);
        }
    });

    public static FakeTool CreateAsync<T>(string name, Func<ToolRequest, Task<T>> run) =>
        new(name, request => _ = AnswerAsync(request, run));

    public static FakeTool CreateStream<T>(string name, Func<ToolRequest, IAsyncEnumerable<T>> run) =>
        new(name, request => _ = AnswerAsync(request, request => RunAsync(request, run(request))));

    /// <summary>Sends the items to a caller that reads a stream; collects them for any other.</summary>
    private static async Task<object> RunAsync<T>(ToolRequest request, IAsyncEnumerable<T> items)
    {
        if (request.Stream is { } stream)
        {
            await stream.SendAsync(items).ConfigureAwait(false);
            return 0L; // the time that it waited for credit, which fakes do not count
        }
        var all = new List<object?>();
        await foreach (T item in items.WithCancellation(request.CancellationToken).ConfigureAwait(false))
        {
            all.Add(item);
        }
        return all;
    }

    private static async Task AnswerAsync<T>(ToolRequest request, Func<ToolRequest, Task<T>> run)
    {
        try
        {
            request.Return(await run(request).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            request.Throw(error);
        }
    }
}
