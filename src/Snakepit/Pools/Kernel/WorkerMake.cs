namespace Snakepit.Pools.Kernel;

/// <summary>How a worker is made: what is known of it before it starts.</summary>
/// <param name="Blueprint">The number of the blueprint by which the shell launches it.</param>
/// <param name="Capacity">The calls that it runs at once.</param>
internal readonly record struct WorkerMake(int Blueprint, int Capacity)
{
    public static WorkerMake Exchange(WorkerMake make, KernelImage image) => new(image.Of(make.Blueprint), image.Of(make.Capacity));
}
