using Snakepit;

// Two worker processes, each with adapters/text.py loaded. They end with the runtime.
await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(s => s.AddPool("text", p =>
{
    p.Adapter = "adapters/text.py";
    p.Size = 2;
    p.Values.RequireMembers = true; // a member that Python does not return is an error, not null or 0
}));
IWorkerPool pool = snakepit.GetPool("text");

WordCount count = await pool.ExecuteAsync<WordCount>("count_words", new { text = "Hello from .NET, hello from Python" });
Console.WriteLine($"{count.Words} words, the most frequent is '{count.Top}', says Python {count.Python}");

try
{
    await pool.ExecuteAsync<WordCount>("count_words", new { text = "" });
}
catch (ToolException e) when (e.Error.Is("ValueError"))
{
    Console.WriteLine($"Python raised {e.Error.Type}: {e.Error.Message}");
}

internal sealed record WordCount(int Words, string Top, string Python);
