namespace Snakepit.Telemetry;

/// <summary>The ids of log events, a block of 100 per area. An id is never reused for another event.</summary>
internal static class EventIds
{
    public const int PoolStarted = 100;
    public const int PoolStopped = 101;
    public const int PoolStateChanged = 102;
    public const int PoolSaturated = 103;
    public const int PoolUnstartable = 104;
    public const int PipesAreSmall = 105;
    public const int MemoryIsShort = 106;
    public const int PolicyFailed = 107;
    public const int CodeChanged = 108;
    public const int CodeRejected = 109;
    public const int CodeNotWatched = 110;
    public const int CheckToolMissing = 111;
    public const int ReplacementsHeldBack = 112;
    public const int InputQuarantined = 113;
    public const int PoolLacksSomething = 114;
    public const int PoolDefect = 115;
    public const int PoolTrace = 116;
    public const int RecordsDropped = 117;
    public const int PolicyBlocks = 118;
    public const int MeasurementsDropped = 119;
    public const int CircuitOpened = 120;
    public const int CircuitClosed = 121;
    public const int SectionNotRead = 122;
    public const int SessionsLost = 123;
    public const int SessionsNearLimit = 124;
    public const int SessionMoved = 125;
    public const int SessionKept = 126;
    public const int SessionDataKept = 127;
    public const int SettingChanged = 128;
    public const int SettingsKept = 129;
    public const int ReloadRefused = 130;
    public const int PoolAdded = 131;
    public const int PoolRemoved = 132;
    public const int BudgetIsTight = 133;
    public const int BudgetIsShort = 134;
    public const int BudgetBelowOneWorker = 135;
    public const int PoolScaled = 136;

    public const int WorkerLaunched = 200;
    public const int WorkerReady = 201;
    public const int WorkerDraining = 202;
    public const int WorkerRecycled = 203;
    public const int WorkerCrashed = 204;
    public const int WorkerStartFailed = 205;
    public const int WorkerKilled = 206;
    public const int WorkerUnkillable = 207;
    public const int HealthCheckFailed = 208;
    public const int WorkerUnresponsive = 209;
    public const int FreshOverLimit = 210;
    public const int WorkerTainted = 211;
    public const int ReplacementOverdue = 212;
    public const int WorkerNotKilled = 213;
    public const int WorkerEndFailed = 214;
    public const int OutputDropped = 215;

    public const int LauncherStarted = 300;
    public const int LauncherLost = 301;
    public const int LauncherRestarted = 302;
    public const int LeftoversKilled = 310;
    public const int RunNotNoted = 311;

    public const int InterpreterChosen = 400;
    public const int InterpreterPassedOver = 401;
    public const int CacheNotUsed = 402;
    public const int EnvironmentStep = 403;
    public const int EnvironmentOutput = 404;
    public const int PythonOutput = 410;
    public const int PythonLog = 411;
    public const int ZygoteOutput = 412;

    public const int ProtocolError = 500;
    public const int WatcherError = 501;
    public const int NoSharedPage = 502;
    public const int MemoryIsCoarse = 503;
    public const int SamplingError = 504;
    public const int ZygoteRefused = 505;
    public const int ZygoteReady = 506;
    public const int ZygoteLost = 507;
    public const int ZygoteLate = 508;
    public const int ZygoteOutdated = 509;

    /// <summary>Returns whether the event is output of a worker, which may be of any amount.</summary>
    public static bool IsOutput(int id) => id is >= PythonOutput and < ProtocolError;
}
