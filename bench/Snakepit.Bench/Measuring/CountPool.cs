namespace Snakepit.Bench.Measuring;

/// <summary>Starts pools of workers whose imports take a second, with an adapter that can be broken and repaired.</summary>
internal sealed class CountPool : IDisposable
{
    public const int Workers = 4;
    private const string Sound = "import time\n\nimport slow_import\n\n\ndef work(ms):\n    time.sleep(ms / 1000)\n    return ms\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snakepit-bench-");
    private readonly string _python;

    public CountPool(string python)
    {
        _python = python;
        File.Copy(BenchFiles.SlowImport, Path.Combine(_folder.FullName, Path.GetFileName(BenchFiles.SlowImport)));
        Mend();
    }

    private string Adapter => Path.Combine(_folder.FullName, "count_tools.py");

    /// <param name="zygote">True to fork workers from a process that has made the imports.</param>
    /// <param name="limit">The number of calls after which a worker is replaced; null for no limit.</param>
    /// <param name="configure">Configures the pool further.</param>
    /// <param name="cancellation">Ends the start.</param>
    public Task<BenchPool> StartAsync(bool zygote, int? limit, Action<PoolOptions>? configure, CancellationToken cancellation) =>
        BenchPool.StartAsync(_python, Workers, cancellation, pool =>
        {
            pool.Adapter = Adapter;
            pool.Python.PythonPath.Add(_folder.FullName);
            pool.Recycle.MaxRequests = limit;
            pool.Restart.MaxBackoff = TimeSpan.FromSeconds(1);
            if (zygote)
            {
                pool.Start.Preload.Add(Path.GetFileNameWithoutExtension(BenchFiles.SlowImport));
            }
            configure?.Invoke(pool);
        });

    /// <summary>Writes a syntax error into the adapter.</summary>
    public void Break() => File.WriteAllText(Adapter, "def work(ms:\n");

    public void Mend() => File.WriteAllText(Adapter, Sound);

    public void Dispose() => _folder.Delete(recursive: true);
}
