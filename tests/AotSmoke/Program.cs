using Snakepit;

try
{
    await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(s => s.AddPool("smoke", p =>
    {
        p.Adapter = Path.Combine(AppContext.BaseDirectory, "adapters", "smoke.py");
        p.Size = 1;
    }));
    IWorkerPool pool = snakepit.GetPool("smoke");

    int sum = await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)));
    var counts = await pool.ExecuteAsync<Dictionary<string, int>>("count", ToolArguments.Positional(new List<string> { "a", "b", "a" }));
    var squares = await pool.ExecuteAsync<List<int>>("squares", ToolArguments.Positional(4));

    if (sum != 42 || counts["a"] != 2 || counts["b"] != 1 || !squares.SequenceEqual([0, 1, 4, 9]))
    {
        Console.WriteLine($"AOT smoke: wrong results: {sum}, {string.Join(' ', counts)}, {string.Join(' ', squares)}");
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
