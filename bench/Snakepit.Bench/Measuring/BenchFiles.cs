namespace Snakepit.Bench.Measuring;

/// <summary>The paths of the bench's files.</summary>
internal static class BenchFiles
{
    public static string Tools => Beside("bench_tools.py");

    public static string Floor => Beside("floor.py");

    public static string Reference => Beside("reference.py");

    public static string RecordTools => Beside("record_tools.py");

    public static string GrpcServer => Beside("grpc_server.py");

    public static string StormTools => Beside("storm_tools.py");

    public static string DeathTools => Beside("death_tools.py");

    public static string SlowImport => Beside("slow_import.py");

    public static string NumpyTools => Beside("numpy_tools.py");

    public static string BigTools => Beside("big_tools.py");

    public static string MemoryTools => Beside("memory_tools.py");

    public static string ChaosTools => Beside("chaos_tools.py");

    public static string HangTools => Beside("hang_tools.py");

    public static string CancelTools => Beside("cancel_tools.py");

    public static string SoakTools => Beside("soak_tools.py");

    public static string LeakTools => Beside("leak_tools.py");

    public static string ThreadTools => Beside("thread_tools.py");

    public static string AsyncTools => Beside("async_tools.py");

    public static string HostTools => Beside("host_tools.py");

    public static string StreamTools => Beside("stream_tools.py");

    public static string LivingTools => Beside("living_tools.py");

    public static string ReloadTools => Beside("reload_tools.py");

    public static string MixedChaosTools => Beside("mixed_chaos_tools.py");

    public static string MixedStormTools => Beside("mixed_storm_tools.py");

    /// <summary>The repository's root.</summary>
    public static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Snakepit.slnx")))
            {
                folder = folder.Parent;
            }
            return folder?.FullName
                ?? throw new InvalidRunException("The bench is not inside its repository, so there is no place for results.");
        }
    }

    /// <summary>Returns the path of a folder for the evidence of a run. The writer creates the folder.</summary>
    public static string NewEvidence(string scenario) =>
        Path.Combine(Root, "artifacts", "bench", scenario, $"{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}-{Environment.ProcessId}");

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "python", name);
}
