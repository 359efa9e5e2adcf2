namespace Snakepit;

/// <summary>Options for inputs that kill workers, and for slots and devices in which workers die.</summary>
public sealed class CrashOptions
{
    /// <summary>Gets or sets how many workers an input (tool and arguments) may kill, without a single answer in between, before it is
    /// rejected with <see cref="InputQuarantinedException"/>. Other calls continue. With null, no input is rejected. Default 3.</summary>
    public int? QuarantineAfter { get; set; } = 3;

    /// <summary>Gets or sets how long such an input is rejected. After that, one more death is enough. Default 10 min.</summary>
    public TimeSpan QuarantineTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the kinds of death after which the worker's slot, and every slot whose worker uses the same device (the
    /// adapter's <c>device()</c>), gets no calls for <see cref="TaintTime"/>. The taint also applies to the next worker in the slot. Calls
    /// go to other workers, or wait. Default <see cref="CrashKinds.None"/>: off.</summary>
    public CrashKinds TaintOn { get; set; }

    /// <summary>Gets or sets how long a tainted slot gets no calls. <see cref="IWorkerPool.LiftTaint"/> ends the taint earlier. Default 60
    /// s.</summary>
    public TimeSpan TaintTime { get; set; } = TimeSpan.FromSeconds(60);
}
