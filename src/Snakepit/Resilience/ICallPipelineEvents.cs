namespace Snakepit.Resilience;

/// <summary>Gets the events of a pipeline.</summary>
internal interface ICallPipelineEvents
{
    void OnRetry();

    /// <summary>The breaker refuses calls for this time, because of this failure and others.</summary>
    void OnCircuitOpened(TimeSpan duration, Exception? failure);

    void OnCircuitClosed();
}
