using Snakepit;

try
{
    await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(s => s.AddPool("smoke", p =>
    {
        p.Adapter = Path.Combine(AppContext.BaseDirectory, "adapters", "smoke.py");
        p.Size = 1;
        p.Tools.Add("price", static (call, _) => new ValueTask<object?>(call.Get<string>("item").Length * 0.5));
        p.Tools.Add("words", static (_, _) => new ValueTask<object?>(WordsAsync()));
    }));
    IWorkerPool pool = snakepit.GetPool("smoke");

    int sum = await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)));
    var counts = await pool.ExecuteAsync<Dictionary<string, int>>("count", ToolArguments.Positional(new List<string> { "a", "b", "a" }));
    var squares = await pool.ExecuteAsync<List<int>>("squares", ToolArguments.Positional(4));
    double total = await pool.ExecuteAsync<double>("total", ToolArguments.Positional(WordsAsync()));
    var words = await pool.ExecuteAsync<List<string>>("words");

    if (sum != 42 || counts["a"] != 2 || counts["b"] != 1 || !squares.SequenceEqual([0, 1, 4, 9]) || total != 5.5
        || !words.SequenceEqual(["apple", "banana"]))
    {
        Console.WriteLine($"AOT smoke: wrong results: {sum}, {string.Join(' ', counts)}, {string.Join(' ', squares)}, {total}, "
            + string.Join(' ', words));
        return 1;
    }
}
catch (Exception e)
{
    Console.WriteLine($"AOT smoke: {e}");
    return 1;
}
Console.WriteLine("AOT smoke: ok");
return 0;

static async IAsyncEnumerable<string> WordsAsync()
{
    yield return "apple";
    await Task.Yield();
    yield return "banana";
}
