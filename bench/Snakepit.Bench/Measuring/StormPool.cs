namespace Snakepit.Bench.Measuring;

/// <summary>Starts pools whose adapter is in a folder of its own so that it can change.</summary>
internal sealed class StormPool : IDisposable
{
    public const int Workers = 8;
    public const int Budget = 2;
    public const int MinReady = Workers - Budget;
    private const string Sick = "sick";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snakepit-bench-");

    /// <param name="adapter">The adapter.</param>
    /// <param name="modules">What it imports.</param>
    public StormPool(string adapter, params ReadOnlySpan<string> modules)
    {
        foreach (string file in (ReadOnlySpan<string>)[adapter, .. modules, BenchFiles.SlowImport])
        {
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        }
        Adapter = Path.Combine(_folder.FullName, Path.GetFileName(adapter));
    }

    private string Adapter { get; }

    /// <summary>Starts a pool without any reason to replace a worker.</summary>
    public Task<BenchPool> StartAsync(
        string python, RunRecord? record, CancellationToken cancellation, Action<PoolOptions>? configure = null) =>
        BenchPool.StartAsync(python, Workers, cancellation, pool =>
        {
            record?.Configure(pool);
            pool.Adapter = Adapter;
            pool.MinReady = MinReady;
            pool.Start.MaxConcurrent = Workers;
            pool.Start.Preload.Add(Path.GetFileNameWithoutExtension(BenchFiles.SlowImport));
            pool.Python.PythonPath.Add(_folder.FullName);
            pool.Python.Variables["SNAKEPIT_BENCH_SICK"] = Path.Combine(_folder.FullName, Sick);
            pool.Recycle.MaxConcurrent = Budget;
            configure?.Invoke(pool);
        });

    /// <summary>Changes the adapter's code.</summary>
    public void ChangeCode() => File.AppendAllText(Adapter, "# changed\n");

    /// <summary>Lets the next health check fail.</summary>
    public void MakeSick() => File.WriteAllText(Path.Combine(_folder.FullName, Sick), "");

    public void Dispose() => _folder.Delete(recursive: true);
}
