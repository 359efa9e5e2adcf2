namespace Snakepit.Pools;

/// <summary>State that is true of one kernel only.</summary>
internal interface IKernelBound
{
    /// <summary>Another kernel begins from empty.</summary>
    void OnKernelReplaced_NeedsLock();
}
