using System.Net.ServerSentEvents;
using Snakepit;
using StreamingProgress;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddSnakepit().AddPool("training", p => p.Adapter = "adapters/training.py");

WebApplication app = builder.Build();
app.MapGet("/", () => TypedResults.PhysicalFile(Path.Combine(AppContext.BaseDirectory, "page.html"), "text/html"));

// snippet: endpoint
app.MapGet(
    "/train",
    (int epochs, [FromKeyedServices("training")] IWorkerPool pool, CancellationToken cancellationToken) =>
    {
        IAsyncEnumerable<Progress> training = pool.StreamAsync<Progress>(
            "train", ToolArguments.Named(("epochs", epochs)), cancellationToken: cancellationToken);
        return TypedResults.ServerSentEvents(EventsAsync(training));
    });
// end snippet

app.Run();

// snippet: events
static async IAsyncEnumerable<SseItem<Progress?>> EventsAsync(IAsyncEnumerable<Progress> training)
{
    await foreach (Progress progress in training)
    {
        yield return new(progress, "progress");
    }
    yield return new(null, "done"); // without it, the browser would take the end for a loss of the connection, and begin anew
}
// end snippet
