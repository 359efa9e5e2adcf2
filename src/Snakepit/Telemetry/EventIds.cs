namespace Snakepit.Telemetry;

/// <summary>The ids of log events, a block of 100 per area. An id is never reused for another event.</summary>
internal static class EventIds
{
    /// <summary>The pool serves.</summary>
    public const int PoolStarted = 100;

    /// <summary>The pool has stopped.</summary>
    public const int PoolStopped = 101;

    /// <summary>The pool's state has changed. The record has the old and the new one.</summary>
    public const int PoolStateChanged = 102;

    /// <summary>Calls are rejected because the queue is full or too long for them. Logged once until the queue is half empty.</summary>
    public const int PoolSaturated = 103;

    /// <summary>There is no usable interpreter or adapter. The record has the reason.</summary>
    public const int PoolUnstartable = 104;

    /// <summary>The user may have fewer pipe pages than the workers need, so large messages take longer. Logged at startup.</summary>
    public const int PipesAreSmall = 105;

    /// <summary>Workers stop before their replacements start.</summary>
    public const int MemoryIsShort = 106;

    /// <summary>A recycle policy threw; it is not asked again.</summary>
    public const int PolicyFailed = 107;

    /// <summary><c>WatchAdapter</c> saw a change.</summary>
    public const int CodeChanged = 108;

    /// <summary>The changed adapter cannot start; the old workers stay.</summary>
    public const int CodeRejected = 109;

    /// <summary><c>WatchAdapter</c> cannot watch the adapter's files.</summary>
    public const int CodeNotWatched = 110;

    /// <summary><c>Health.CheckTool</c> names no tool, so workers are not checked. Logged once.</summary>
    public const int CheckToolMissing = 111;

    /// <summary>Workers are replaced again and again for a reason that the new workers give too. Logged once per series.</summary>
    public const int ReplacementsHeldBack = 112;

    /// <summary>An input that keeps killing workers is rejected for <c>Crash.QuarantineTime</c>.</summary>
    public const int InputQuarantined = 113;

    /// <summary>The interpreter or the adapter file is missing, and the pool keeps looking. Logged once per reason.</summary>
    public const int PoolLacksSomething = 114;

    /// <summary>Snakepit itself failed in the pool: see [lifecycle.md](lifecycle.md#a-defect-of-snakepit-costs-one-pool).</summary>
    public const int PoolDefect = 115;

    /// <summary>The pool's last steps before that defect, to be [replayed](incidents.md#replay-it).</summary>
    public const int PoolTrace = 116;

    /// <summary>Log records were lost because the log provider was too slow. Logged once per burst, with their number.</summary>
    public const int RecordsDropped = 117;

    /// <summary>A recycle policy has not returned for 10 s; until it returns, policies judge no worker of the pool.</summary>
    public const int PolicyBlocks = 118;

    /// <summary>Measurements were lost because a listener of the meter was too slow. Logged once per burst, with their number.</summary>
    public const int MeasurementsDropped = 119;

    /// <summary>Too many calls failed, so calls are refused for <c>Breaker.Duration</c>. The record has the last failure.</summary>
    public const int CircuitOpened = 120;

    /// <summary>The circuit breaker closed; calls are accepted again.</summary>
    public const int CircuitClosed = 121;

    /// <summary>A configuration section has nearly the name of one that is read, but is not read itself: a typing error, perhaps.</summary>
    public const int SectionNotRead = 122;

    /// <summary>A worker took strict sessions with it. The record has their number and the reason.</summary>
    public const int SessionsLost = 123;

    /// <summary>Four fifths of <c>Session.Max</c> are reached. Logged once until the number has fallen to seven tenths.</summary>
    public const int SessionsNearLimit = 124;

    /// <summary>A strict session has moved to another worker with its state.</summary>
    public const int SessionMoved = 125;

    /// <summary>A strict session could not move, and stays with a worker that is being replaced. The record has the reason. A warning for
    /// the first session of the worker, Debug for the others.</summary>
    public const int SessionKept = 126;

    /// <summary>The session store failed to remove the data of a session that has ended.</summary>
    public const int SessionDataKept = 127;

    /// <summary>A reload has changed a setting. The record has the old and the new value and when it takes effect.</summary>
    public const int SettingChanged = 128;

    /// <summary>No worker could start with the settings of a reload, so the pool returned to those before. The record has the
    /// reason.</summary>
    public const int SettingsKept = 129;

    /// <summary>A changed configuration is invalid, and nothing of it takes effect. The record has all problems. Logged once for the same
    /// ones.</summary>
    public const int ReloadRefused = 130;

    /// <summary>A reload has added a pool.</summary>
    public const int PoolAdded = 131;

    /// <summary>A reload has removed a pool, which stops.</summary>
    public const int PoolRemoved = 132;

    /// <summary><c>MemoryBudget</c> has no room for a worker and its replacement; until it has, workers stop first.</summary>
    public const int BudgetIsTight = 133;

    /// <summary><c>MemoryBudget</c> has room for fewer workers than the pool is to have.</summary>
    public const int BudgetIsShort = 134;

    /// <summary>One worker needs more than the whole <c>MemoryBudget</c>; it is started all the same.</summary>
    public const int BudgetBelowOneWorker = 135;

    /// <summary>The number of workers that the pool is to have has followed its load. The record has the reason.</summary>
    public const int PoolScaled = 136;

    /// <summary>A worker's process was launched.</summary>
    public const int WorkerLaunched = 200;

    /// <summary>A worker is ready for calls.</summary>
    public const int WorkerReady = 201;

    /// <summary>A worker takes no more calls and finishes those it has.</summary>
    public const int WorkerDraining = 202;

    /// <summary>A worker was replaced. The record has the reason.</summary>
    public const int WorkerRecycled = 203;

    /// <summary>A worker ended unexpectedly. Logged once per death, with cause, running calls, Python stacks and last output.</summary>
    public const int WorkerCrashed = 204;

    /// <summary>A worker could not start. The record has the Python exception.</summary>
    public const int WorkerStartFailed = 205;

    /// <summary>The pool killed a worker. The record has the limit that the worker exceeded.</summary>
    public const int WorkerKilled = 206;

    /// <summary>The process did not end after SIGKILL.</summary>
    public const int WorkerUnkillable = 207;

    /// <summary>A worker failed its health check. The record has the output of the check.</summary>
    public const int HealthCheckFailed = 208;

    /// <summary>The worker missed a heartbeat during a call.</summary>
    public const int WorkerUnresponsive = 209;

    /// <summary><c>Memory.SoftLimit</c> is below the memory of a fresh worker. Logged once per pool.</summary>
    public const int FreshOverLimit = 210;

    /// <summary>A worker's slot is kept from calls for a time. The record has the reason, the time and the device.</summary>
    public const int WorkerTainted = 211;

    /// <summary>A worker is due for replacement and keeps serving because its replacement cannot start. Logged once per pool until none is
    /// overdue.</summary>
    public const int ReplacementOverdue = 212;

    /// <summary>The kill order failed.</summary>
    public const int WorkerNotKilled = 213;

    /// <summary>A worker that was to be replaced did not end in order: its <c>teardown()</c> raised, or it crashed.</summary>
    public const int WorkerEndFailed = 214;

    /// <summary>Lines and log records of one worker were lost. Logged once per burst, with their number and the reason.</summary>
    public const int OutputDropped = 215;

    /// <summary>Measurements, events and spans of one worker were lost. Logged once per burst, with their number and the reason.</summary>
    public const int TelemetryDropped = 216;

    /// <summary>An instrument that Python code has named cannot take a measurement. Logged once per instrument and reason.</summary>
    public const int MeasurementsRefused = 217;

    /// <summary>The launcher process started.</summary>
    public const int LauncherStarted = 300;

    /// <summary>The launcher process ended unexpectedly.</summary>
    public const int LauncherLost = 301;

    /// <summary>A new launcher runs.</summary>
    public const int LauncherRestarted = 302;

    /// <summary>Processes left behind by a killed host or launcher were killed: see
    /// [lifecycle.md](lifecycle.md#nothing-is-left-behind).</summary>
    public const int LeftoversKilled = 310;

    /// <summary>There is no folder for the entry by which later starts find leftover processes. Logged once per runtime.</summary>
    public const int RunNotNoted = 311;

    /// <summary>The pool has chosen its interpreter: see [python.md](python.md).</summary>
    public const int InterpreterChosen = 400;

    /// <summary>An interpreter was skipped. The record has the reason.</summary>
    public const int InterpreterPassedOver = 401;

    /// <summary>The package cache cannot be used; see [python.md](python.md#where-the-worker-package-goes).</summary>
    public const int CacheNotUsed = 402;

    /// <summary>A command that [prepares an environment](environments.md#prepared-environments) begins.</summary>
    public const int EnvironmentStep = 403;

    /// <summary>A line that the installer has written.</summary>
    public const int EnvironmentOutput = 404;

    /// <summary>A line that user code printed: see [what Python says](#what-python-says).</summary>
    public const int PythonOutput = 410;

    /// <summary>A record that user code logged, or a warning that it raised.</summary>
    public const int PythonLog = 411;

    /// <summary>A line printed while a zygote imported.</summary>
    public const int ZygoteOutput = 412;

    /// <summary>A worker broke the protocol; it is killed.</summary>
    public const int ProtocolError = 500;

    /// <summary>Reading from one worker failed; other workers are not affected.</summary>
    public const int WatcherError = 501;

    /// <summary>No shared page is available. Logged once per runtime.</summary>
    public const int NoSharedPage = 502;

    /// <summary>Only resident memory can be read. Logged once per runtime.</summary>
    public const int MemoryIsCoarse = 503;

    /// <summary>A reading of a worker's memory could not be processed; other workers are not affected.</summary>
    public const int SamplingError = 504;

    /// <summary>The pool's workers are spawned instead of forked. The record says why, and what to change.</summary>
    public const int ZygoteRefused = 505;

    /// <summary>A zygote is ready. The record has the modules that it has imported.</summary>
    public const int ZygoteReady = 506;

    /// <summary>A zygote has ended unexpectedly. The record has its last output.</summary>
    public const int ZygoteLost = 507;

    /// <summary>The zygote's imports take longer than half of <c>Boot.Timeout</c>; workers are spawned meanwhile.</summary>
    public const int ZygoteLate = 508;

    /// <summary>A file that the zygote imported has changed; the next worker comes from a new zygote.</summary>
    public const int ZygoteOutdated = 509;

    /// <summary>Returns whether the event is output of a worker, which may be of any amount.</summary>
    public static bool IsOutput(int id) => id is >= PythonOutput and < ProtocolError;
}
