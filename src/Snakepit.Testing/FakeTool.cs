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
