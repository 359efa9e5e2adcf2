namespace Snakepit.Workers;

/// <summary>Is told of the memory that the imports of zygotes take, which their workers share. Called from any thread.</summary>
internal interface IZygoteMemory
{
    /// <summary>A zygote has imported its modules.</summary>
    /// <param name="pool">The pool of its workers.</param>
    /// <param name="zygote">The zygote.</param>
    /// <param name="bytes">Its memory.</param>
    void Note(string pool, IZygoteProcess zygote, long bytes);

    /// <summary>The zygote has ended, and no workers share its memory any more. May be told of a zygote that was never noted.</summary>
    void Release(IZygoteProcess zygote);
}
