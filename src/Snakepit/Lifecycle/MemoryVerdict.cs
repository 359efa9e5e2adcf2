namespace Snakepit.Lifecycle;

/// <summary>What is to be done about a worker's memory.</summary>
internal enum MemoryVerdict
{
    None,

    /// <summary>It is over its soft limit: it should collect its garbage.</summary>
    Collect,

    /// <summary>It is still over its soft limit: it should be replaced. Told again only after it was below.</summary>
    Soft,

    /// <summary>It is over its hard limit: it has to die now.</summary>
    Hard,

    /// <summary>It had as much as its soft limit when it became ready: the limit is hardly meant so. It is judged by what it gains, as every worker.</summary>
    FreshOverLimit,

    /// <summary>It is below the soft limit again, after it was told to be above.</summary>
    Cleared,
}
