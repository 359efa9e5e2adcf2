namespace Snakepit.Pools;

/// <summary>State that belongs to a single kernel.</summary>
internal interface IKernelBound
{
    /// <summary>Another, empty kernel begins.</summary>
    void OnKernelReplaced_NeedsLock();
}
