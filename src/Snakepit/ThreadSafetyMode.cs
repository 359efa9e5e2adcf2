namespace Snakepit;

/// <summary>Specifies what is demanded of an adapter whose tools several threads run at once.</summary>
public enum ThreadSafetyMode
{
    /// <summary>The adapter's word suffices: <c>thread_safe = True</c>, or a mark on each plain tool.</summary>
    Trust,

    /// <summary>As <see cref="Trust"/>. In addition, records of the level Information tell what is known of the libraries that the adapter
    /// imports, and when two threads first run a tool at once that has no mark of its own.</summary>
    Watch,

    /// <summary>Workers start only if each plain tool is marked with <c>@thread_safe</c> or <c>@thread_unsafe</c>, and if the adapter
    /// imports no library that is known as unsafe, unless its <c>thread_safe_with</c> names it.</summary>
    Strict,
}
